@echo off
rem Installs outcome-coder: double-click this file. What is done is in install.ps1.
powershell.exe -NoProfile -ExecutionPolicy Bypass -File "%~dp0install.ps1" %*
pause
