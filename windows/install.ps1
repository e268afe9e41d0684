# Installs outcome-coder for the user who runs it; start it by a double click on install.cmd.
#
# Python is found, or asked for. The program goes into a folder of its own, in the versions that were tested, each file only
# if its hash is the one in locks\light.lock; then it is put on the desktop and into the Start menu. No rights of an
# administrator are needed. Only the installation uses the network.
[CmdletBinding()]
param(
    [string] $Python = '',
    [string] $Target = (Join-Path $env:LOCALAPPDATA 'outcome-coder\program')
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
$lock = Join-Path $root 'locks\light.lock'
$program = Join-Path $Target 'Scripts\outcome-coder.exe'
$check = 'import struct, sys; sys.exit(not (sys.version_info[:2] >= (3, 11) and struct.calcsize(str(chr(80))) == 8))'

function Test-Python([string[]] $command) {
    # What is called python on a new Windows only opens the store, and ends with an error.
    try {
        $more = @($command | Select-Object -Skip 1)
        & $command[0] @more -c $check *> $null
        return $LASTEXITCODE -eq 0
    } catch {
        return $false
    }
}

function Find-Python {
    if ($Python) {
        if (Test-Python @($Python)) { return , @($Python) }
        throw "$Python is not Python 3.11 or newer for 64 bits."
    }
    foreach ($command in @('py', '-3.13'), @('py', '-3.12'), @('py', '-3.11'), @('py', '-3'), @('python'), @('python3')) {
        if (Test-Python $command) { return , $command }
    }
    Write-Host 'Python 3.11 or newer (64 bits) was not found. Install it from python.org, then start this again;'
    $given = (Read-Host 'or type where its python.exe is').Trim(' "')
    if ($given -and (Test-Python @($given))) { return , @($given) }
    throw 'Python 3.11 or newer is needed. Nothing was installed.'
}

function Invoke-Step([string[]] $command) {
    $more = @($command | Select-Object -Skip 1)
    & $command[0] @more
    if ($LASTEXITCODE -ne 0) { throw "This step failed; close outcome-coder if it is open, and try again: $command" }
}

function New-Shortcut([string] $folder) {
    $shortcut = (New-Object -ComObject WScript.Shell).CreateShortcut((Join-Path $folder 'Outcome coder.lnk'))
    $shortcut.TargetPath = $program
    $shortcut.WorkingDirectory = [Environment]::GetFolderPath('MyDocuments')
    $shortcut.Description = 'Code outcomes, with suggestions'
    $shortcut.Save()
}

try {
    if (-not (Test-Path $lock)) { throw "$lock is missing; unpack the whole folder, and start install.cmd in it." }
    # Making the folder anew empties it.
    if ((Test-Path (Join-Path $Target '*')) -and -not (Test-Path (Join-Path $Target 'pyvenv.cfg'))) {
        throw "$Target holds something else; name a new folder."
    }
    $found = Find-Python
    Write-Host "Installing outcome-coder into $Target; this takes a few minutes."
    Invoke-Step ($found + @('-m', 'venv', '--clear', $Target))
    $own = Join-Path $Target 'Scripts\python.exe'
    $pip = @($own, '-m', 'pip', '--disable-pip-version-check', '--quiet', 'install', '--no-deps')
    Invoke-Step ($pip + @('--require-hashes', '--only-binary', ':all:', '--requirement', $lock))
    $wheels = @(Get-ChildItem -Path $PSScriptRoot, (Join-Path $root 'dist') -Filter 'outcome_coder-*.whl' -ErrorAction SilentlyContinue)
    if ($wheels.Count -gt 1) { throw 'There are several wheels of outcome-coder; leave one.' }
    $source = if ($wheels.Count -eq 1) { $wheels[0].FullName } else { $root }
    Invoke-Step ($pip + @('--no-index', '--no-build-isolation', $source))
    Invoke-Step @($program, '--version')
    New-Shortcut ([Environment]::GetFolderPath('Desktop'))
    New-Shortcut ([Environment]::GetFolderPath('Programs'))
    Write-Host 'Done. Open "Outcome coder" on the desktop. To remove it, delete that, and the folder:'
    Write-Host "  $Target"
} catch {
    Write-Host "Error: $($_.Exception.Message)"
    exit 1
}
