#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# run.sh OLD.deb NEW.deb, or the same with rpm: tries an upgrade in a container with a fresh Debian, which it makes from
# Debian's packages. As root, on Debian, with mmdebstrap and systemd-container. RELEASE names another Debian.

set -eu

form=${2##*.}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap systemd-nspawn >/dev/null; then
	echo "The test makes a container. Run it as root, after: apt-get install mmdebstrap systemd-container" >&2
	exit 1
fi

# The Debian is made once, because that takes a minute.
debian=$(dirname "$0")/../../../bin/debian-${RELEASE:-bookworm}.tar
if [ ! -f "$debian" ]; then
	echo "Making a Debian with nginx."
	mkdir -p "$(dirname "$debian")"
	mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,nginx-light,ca-certificates,curl,rpm \
		"${RELEASE:-bookworm}" "$debian.part.tar"
	mv "$debian.part.tar" "$debian"
fi
mkdir "$work/root"
tar -C "$work/root" -xf "$debian"
echo '127.0.0.1 localhost' >>"$work/root/etc/hosts"
mkdir "$work/root/root/packages"
cp "$1" "$work/root/root/packages/old.$form"
cp "$2" "$work/root/root/packages/new.$form"
cp "$here/inside.sh" "$work/root/root/"
cat >"$work/root/etc/systemd/system/packages-test.service" <<-END
	[Unit]
	After=nginx.service
	[Service]
	Type=oneshot
	ExecStart=/bin/sh /root/inside.sh $form /root/packages/old.$form /root/packages/new.$form
	ExecStopPost=/bin/systemctl --no-block poweroff
	StandardOutput=append:/root/result
	StandardError=inherit
	[Install]
	WantedBy=multi-user.target
END
ln -s ../packages-test.service "$work/root/etc/systemd/system/multi-user.target.wants/"

echo "Trying the $form."
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network \
	--directory="$work/root" --boot >"$work/boot.log" 2>&1 </dev/null || true
if [ ! -f "$work/root/root/result" ]; then
	tail -20 "$work/boot.log"
	exit 1
fi
cat "$work/root/root/result"
grep -qx PASSED "$work/root/root/result"
