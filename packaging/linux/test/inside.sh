#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# inside.sh FORM OLD NEW runs in a container that has systemd as its first process, nginx as Debian installs it, and no
# network. It installs, uses, upgrades and removes the package of the form deb or rpm as an administrator does.

set -eu

form=$1 old=$2 new=$3
etc=/etc/agent-visits state=/var/lib/agent-visits visits=/root/visits.jsonl

say() { echo "ok: $*"; }
fail() {
	echo "FAILED: $*"
	journalctl -u agent-visits --no-pager -n 12 -o cat | cut -c1-200
	exit 1
}

# wait_for WHAT COMMAND... runs the command until it succeeds, for a minute.
wait_for() {
	what=$1
	shift
	for _ in $(seq 600); do
		if "$@" >/dev/null 2>&1; then
			say "$what"
			return
		fi
		sleep 0.1
	done
	fail "$what"
}

install_package() {
	case $form in
	deb) apt-get install -y "$1" </dev/null ;;
	rpm) rpm -U --nodeps "$1" ;;
	esac
}

roll_back() {
	case $form in
	deb) apt-get install -y --allow-downgrades "$1" </dev/null ;;
	rpm) rpm -U --oldpackage --nodeps "$1" ;;
	esac
}

# preview stands in for the API, and writes down each visit.
preview() {
	systemd-run --quiet --unit=preview --property=StandardOutput=append:$visits \
		agent-visits-preview -listen 127.0.0.1:9090 -json
}

# visit FROM TO requests one page for each number, as an AI agent.
visit() {
	for i in $(seq "$1" "$2"); do
		curl -s -o /dev/null -A 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)' "http://localhost/page-$i"
	done
}

# delivered N wants each of the pages 1 to N, once.
delivered() {
	got=$(grep -o '/page-[0-9]*' $visits | sort -u | wc -l)
	[ "$got" = "$1" ]
}
# The preview's last line, a report, names pages again.
not_doubled() { [ -z "$(grep -o '"address":"/page-[0-9]*"' $visits | sort | uniq -d)" ]; }

# has_read N wants the service to have read N lines since its start.
has_read() {
	curl -s http://localhost:8888/metrics | grep '^otelcol_receiver_accepted_log_records' | grep -q " $1\$"
}

in_journal() { journalctl -u agent-visits --no-pager -o cat | grep -q "$1"; }
is_down() { ! curl -s -o /dev/null http://localhost:4318/; }
is_faulty() { ! agent-visits check; }

touch $visits
wait_for "nginx serves" curl -s -o /dev/null http://localhost/

install_package "$old" >/root/install.log 2>&1 || fail "install: $(tail -5 /root/install.log)"
grep -q 'systemctl enable --now agent-visits' /root/install.log || fail "the installation says what to do"
say "the installation says what to do"
[ "$(stat -c '%a %U' $etc/known_agents_access_token $etc/scrunch_api_key | sort -u)" = "600 root" ] || fail "only root reads keys"
say "only root reads keys"

systemctl start agent-visits || fail "start without a key"
wait_for "it is healthy without a key" agent-visits health
wait_for "it says what to set" in_journal "$etc/known_agents_access_token"
is_down || fail "without a key nobody listens"
say "without a key nobody listens"

echo 'token-of-the-preview' >$etc/known_agents_access_token
echo 'KNOWN_AGENTS_ENDPOINT=http://127.0.0.1:9090' >>$etc/agent-visits.env
echo '# an edit of the administrator' >>$etc/collector.yaml
rm $etc/scrunch_api_key # a file that is gone is a key that is not set
preview
systemctl restart agent-visits || fail "start with a key"
wait_for "it is healthy" agent-visits health
pid=$(systemctl show -p MainPID --value agent-visits)
[ "$(stat -c %U "/proc/$pid")" = agent-visits ] || fail "it runs as its own user"
say "it runs as its own user"
wait_for "it watches the log" in_journal "Started watching file" # and from there on reads what is new
visit 1 20
wait_for "visits of nginx arrive" delivered 20
[ "$(stat -c '%a %U' $state)" = "700 agent-visits" ] || fail "the queue is for its user alone: $(stat -c '%a %U' $state)"
say "the queue is for its user alone"

sed -i 's/access_token_file:/acess_token_file:/' $etc/known_agents.yaml
! systemctl reload agent-visits 2>/dev/null || fail "a faulty file is refused on reload"
systemctl is-active --quiet agent-visits || fail "a faulty file leaves the service as it was"
wait_for "the message names the fault" in_journal acess_token_file
say "a faulty file is refused on reload, and the service goes on"
sed -i 's/acess_token_file:/access_token_file:/' $etc/known_agents.yaml
systemctl reload agent-visits || fail "reload"
wait_for "it is healthy after a reload" agent-visits health

systemctl stop preview
systemctl restart agent-visits # counts from zero again
wait_for "it is healthy again" agent-visits health
visit 21 1000
wait_for "the visits of an outage are read" has_read 980
install_package "$new" >/root/install.log 2>&1 || fail "upgrade: $(tail -5 /root/install.log)"
grep -q 'an edit of the administrator' $etc/collector.yaml || fail "edits stay"
grep -q token-of-the-preview $etc/known_agents_access_token || fail "keys stay"
say "edits and keys stay"
[ "$(systemctl show -p MainPID --value agent-visits)" != "$pid" ] || fail "the upgrade restarts the service"
wait_for "the new version is healthy" agent-visits health
roll_back "$old" >/root/install.log 2>&1 || fail "rollback: $(tail -5 /root/install.log)"
wait_for "the version before is healthy again" agent-visits health
install_package "$new" >/root/install.log 2>&1 || fail "upgrade: $(tail -5 /root/install.log)"
wait_for "and the new version once more" agent-visits health
preview
wait_for "upgrade and rollback lost none of 980 visits that waited on the disk" delivered 1000
not_doubled || fail "visits were doubled"
say "and doubled none"

case $form in
deb)
	apt-get remove -y agent-visits >/dev/null 2>&1 || fail "remove"
	[ -s $etc/known_agents_access_token ] || fail "a removal keeps the keys"
	apt-get purge -y agent-visits >/dev/null 2>&1 || fail "purge"
	for left in $etc $state /usr/bin/agent-visits /usr/lib/agent-visits; do
		[ ! -e $left ] || fail "a purge leaves $left"
	done
	! getent passwd agent-visits >/dev/null || fail "a purge leaves the user"
	say "a purge leaves nothing"
	;;
rpm)
	rpm -e agent-visits || fail "remove"
	[ ! -e /usr/bin/agent-visits ] || fail "a removal leaves programs"
	[ -e $etc/known_agents_access_token ] || [ -e $etc/known_agents_access_token.rpmsave ] || fail "a removal keeps the keys"
	[ -d $state ] || fail "a removal keeps what waits"
	say "a removal keeps keys and queue"
	;;
esac
! systemctl is-active --quiet agent-visits || fail "a removal stops the service"
echo PASSED
