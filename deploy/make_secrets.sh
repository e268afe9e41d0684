#!/bin/sh
# Makes the secrets that compose.yaml names, beside it, each readable by the one in its container who needs it alone.
# Run it once, as root: sudo sh deploy/make_secrets.sh
set -eu
umask 077
folder=$(dirname "$0")/secrets
if [ -e "$folder" ]; then
    echo "$folder: is there already; its secrets are in use. Move it away to make others." >&2
    exit 1
fi
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
mkdir "$folder"
password=$(secret)
printf '%s' "$password" > "$folder/database_password"
printf 'database:5432:journal:coder:%s\n' "$password" > "$folder/database_login"
secret > "$folder/service_token"
chmod 400 "$folder"/*
chown 999:999 "$folder/database_password"
chown 10001:10001 "$folder/database_login" "$folder/service_token"
echo "Made $folder. Programs that ask the service need the token in $folder/service_token."
