@echo off
rem Opens outcome-coder: double-click this file. Or give it a command, such as: outcome-coder.cmd suggest harvest.xlsx
set "PROGRAM=%LOCALAPPDATA%\outcome-coder\program\Scripts\outcome-coder.exe"
if not exist "%PROGRAM%" (
    echo outcome-coder is not installed yet: double-click install.cmd first.
    pause
    exit /b 1
)
"%PROGRAM%" %*
if errorlevel 1 pause
