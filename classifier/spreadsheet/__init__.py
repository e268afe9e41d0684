"""Tables of any file kind read as sheets of text; workbooks copied and added to."""
