const fields = ['within', 'agent', 'operator', 'purpose', 'site', 'status', 'sent', 'path', 'q'];
const labels = { within: 'last', q: 'search', sent: 'sent by' };
for (const name of fields) labels[name] ||= name;
const form = byId('filter').elements;
// filter is the page's query, so that a link keeps it.
const filter = new URLSearchParams(fields.flatMap((name) => { const value = new URLSearchParams(location.search).get(name); return value ? [[name, value]] : []; }));
const query = () => filter.toString() && '?' + filter;
let events, paused = false, last;

// ofAgents are the filters that no person passes whom an assistant sent, unless they are for browsers.
const ofAgents = ['agent', 'operator', 'purpose'];
function choose(name, value) {
  if (value) filter.set(name, value); else filter.delete(name);
  const others = !value || value === 'browser' ? [] : name === 'sent' ? ofAgents : ofAgents.includes(name) ? ['sent'] : [];
  for (const other of others) filter.delete(other);
  apply();
}
// apply shows what the filter chooses, and puts it into the page's address.
function apply() {
  history.replaceState(null, '', location.pathname + query());
  byId('csv').href = '/visits.csv' + query();
  byId('active').textContent = [...filter].map(([name, value]) => ' · ' + labels[name] + ' ' + (classes[value] || value)).join('');
  byId('clear').disabled = !query();
  for (const name of fields) {
    const control = form[name], value = filter.get(name) || '';
    if (control.options && ![...control.options].some((o) => o.value === value)) control.append(new Option(value, value));
    if (control.value !== value) control.value = value;
    control.classList.toggle('set', Boolean(value));
  }
  connect(true);
}
function choices(name, values, any) {
  const control = form[name], current = filter.get(name) || '';
  const wanted = current && !values.includes(current) ? [...values, current] : values;
  if (control.dataset.has === JSON.stringify(wanted)) return;
  control.dataset.has = JSON.stringify(wanted);
  control.replaceChildren(new Option(any, ''), ...wanted.map((value) => new Option(classes[value] && name !== 'site' ? (name === 'agent' ? classes[value] : value) : value, value)));
  control.value = current;
}

function show(view, announce) {
  last = view;
  const sum = (items, key) => items.reduce((n, item) => n + item[key], 0);
  const known = view.agents.filter((a) => !classes[a.name]);
  byId('setup').hidden = view.arrived > 0;
  byId('board').hidden = !view.arrived;
  byId('refusals-card').hidden = !view.refusals.length;
  fill(byId('refusals'), view.refusals.slice(0, 5), (r) => r.time + r.reason, refusalItem);
  for (const [name, any] of Object.entries({ agents: 'all', operators: 'all', purposes: 'all', sites: 'all', senders: 'anybody' })) choices(name === 'senders' ? 'sent' : name.slice(0, -1), view.choices[name], any);
  const time = view.first ? ', ' + new Date(view.first).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' }) + ' to ' + new Date(view.last).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' }) : '';
  const text = (query() ? number(view.matching) + ' of ' + number(view.kept) + ' visits match the filter' : number(view.kept) + (view.kept === 1 ? ' visit' : ' visits')) + time + '.';
  byId('summary').textContent = [text, ...(view.kept < view.arrived ? ['The newest ' + number(view.kept) + ' of ' + number(view.arrived) + ' are kept.'] : []), ...view.notes].join(' ');
  if (announce) say(text);
  byId('visits').textContent = number(view.matching);
  byId('by-agents').textContent = number(sum(known, 'visits'));
  byId('failed').textContent = number(sum(known, 'errors'));
  byId('failed').classList.toggle('bad', sum(known, 'errors') > 0);
  byId('sent').textContent = number(sum(view.people, 'visits'));
  for (const api of Object.keys(used)) used[api] = view.deliveries.visits[api] > 0;
  byId('people-note').hidden = !(filter.has('agent') || filter.has('operator') || filter.has('purpose'));
  drawChart(view);
  showAgents(view.agents.map((a) => ({ ...a, picked: filter.get('agent') === a.name })));
  showPages(view.pages.map((p) => ({ ...p, few: filter.has('agent') })));
  showErrors(view.errors.map((e) => ({ ...e, few: filter.has('agent') })));
  showPeople(view.people.map((s) => ({ ...s, picked: filter.get('sent') === s.name, all: filter.has('sent') })));
  showRows(view.rows.map((v) => ({ ...v, used: JSON.stringify(used) })));
  byId('rows-rest').hidden = view.matching <= view.rows.length;
  byId('rows-rest').textContent = 'The newest ' + view.rows.length + ' are listed. The CSV has all ' + number(view.matching) + '.';
  showDeliveries(view.deliveries);
}

function state(className, text) {
  byId('state').className = className;
  byId('state').textContent = text;
}
function connect(announce) {
  if (events) events.close();
  const url = '/events' + query();
  events = new EventSource(url);
  events.onopen = () => { if (!paused) state('live', 'live'); };
  events.onmessage = (event) => {
    show(JSON.parse(event.data), announce);
    announce = false;
    if (paused) events.close(); // a filter also works while nothing new is shown
  };
  events.onerror = () => {
    state('lost', 'the preview has ended; waiting for it');
    if (events.readyState === EventSource.CLOSED) explain(url);
  };
}
// explain says why the server refuses to send events, or tries again.
async function explain(url) {
  const answer = await fetch(url).catch(() => null);
  if (answer && answer.status === 400) return state('lost', await answer.text());
  if (answer && answer.body) answer.body.cancel();
  setTimeout(connect, 2000);
}
async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    say('The browser does not allow to copy. Select ' + what + ' yourself.');
    return false;
  }
}
async function copyWith(button, text, what) {
  const label = button.textContent;
  if (!await copy(text, what)) return;
  button.textContent = 'Copied';
  say('Copied.');
  setTimeout(() => { button.textContent = label; }, 1500);
}

let typing;
byId('filter').oninput = (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => choose(event.target.name, event.target.value.trim()), event.target.options ? 0 : 300);
};
byId('filter').onsubmit = (event) => event.preventDefault();
byId('clear').onclick = () => { for (const name of fields) filter.delete(name); apply(); form.within.focus(); };
byId('copy-link').onclick = (event) => copyWith(event.currentTarget, location.href, 'the address of the page');
byId('copy-config').onclick = (event) => copyWith(event.currentTarget, byId('config').textContent, 'the text');
byId('numbers').ontoggle = () => { if (last) drawChart(last); };
byId('pause').onclick = () => {
  paused = !paused;
  byId('pause').textContent = paused ? 'Continue' : 'Pause';
  if (paused) { events.close(); state('', 'paused'); } else { state('', 'connecting'); connect(); }
};
byId('config').textContent = `exporters:
  agent_visits/known_agents:
    endpoint: ${location.origin}
    known_agents:
      access_token: preview-token
  agent_visits/scrunch:
    endpoint: ${location.origin}
    scrunch:
      site_id: 01HZX3VQ6Z0000000000000000
      api_key: preview-key
`;
byId('filters').open = !isNarrow;
for (const name of ['agent', 'operator', 'purpose', 'site', 'sent']) choices(name, [], name === 'sent' ? 'anybody' : 'all');
apply();
