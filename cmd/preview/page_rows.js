function clock(time) {
  const date = new Date(time);
  const day = date.toDateString() === new Date().toDateString() ? '' : date.toLocaleDateString('en', { month: 'short', day: 'numeric' }) + ' ';
  return day + date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}
function statusClass(status) {
  if (!status) return '';
  return status < 300 ? 'ok' : status < 400 ? 'moved' : status < 500 ? 'warn' : 'bad';
}
function mark(api, arrived) {
  return node('span', 'mark ' + (arrived ? 'ok' : 'no'), arrived ? '✓ ' : '– ', apis[api], node('span', 'hidden', arrived ? ': received' : ': not received'));
}
function td(className, ...children) {
  const made = node('td', className, ...children);
  made.setAttribute('role', 'cell');
  return made;
}
function tr(className, ...cells) {
  const made = node('tr', className, ...cells);
  made.setAttribute('role', 'row');
  return made;
}
function facts(v) {
  const all = { 'User agent': v.user_agent || 'none', Operator: v.operator, Time: new Date(v.time).toISOString(), Address: v.address, Took: v.milliseconds === undefined ? '' : number(v.milliseconds) + ' ms', 'Sent by': v.referred_by };
  return node('dl', 'facts', ...Object.entries(all).filter(([, value]) => value).flatMap(([name, value]) => [node('dt', '', name), node('dd', '', value)]));
}
// visitRow is a visit, and what the name of its agent opens. was is the row before it
// changed.
function visitRow(v, was) {
  const name = node('button', 'pick', v.agent, node('span', 'hidden', ': details'));
  const cell = td('', facts(v)), more = tr('facts-row', cell);
  name.type = 'button';
  cell.colSpan = 6;
  const open = (yes) => { more.hidden = !yes; name.setAttribute('aria-expanded', String(yes)); };
  open(Boolean(was) && !was.lastElementChild.hidden);
  name.onclick = () => open(more.hidden);
  const page = td('page', node('span', 'small', v.method), ' ', address(v.address));
  if (v.referred_by) page.append(' ', node('span', 'badge sent', 'sent by ' + v.referred_by));
  const marks = Object.keys(used).filter((api) => used[api]).map((api) => mark(api, v[api]));
  const made = body(tr('', td('when time', clock(v.time)), td('who', name, ' ', badge(v.purpose)), page, td('api', ...marks),
    td('status n ' + statusClass(v.status), v.status ? String(v.status) : '–'), td('took n', v.milliseconds === undefined ? '–' : number(v.milliseconds) + ' ms')), more);
  made.setAttribute('role', 'rowgroup');
  return made;
}
const showRows = list('rows', isNarrow ? 10 : 20, (v) => v.number, visitRow);

// used says which API has received anything: nobody misses marks of an API that is not set up.
const used = { known_agents: false, scrunch: false };

function refusalItem(r) {
  return node('li', '', node('b', '', (r.status || 'No answer') + ' ' + apis[r.api]), ' ', node('span', 'text', r.reason), node('div', 'small', clock(r.time) + ' · ' + r.method + ' ' + r.path + ' · ' + number(r.bytes) + ' bytes'));
}
function size(bytes) {
  return bytes >= 1e6 ? (bytes / 1e6).toFixed(1) + ' MB' : bytes >= 1e3 ? (bytes / 1e3).toFixed(1) + ' kB' : bytes + ' B';
}
function showDeliveries(d) {
  const texts = (name, known, scrunch) => node('tr', '', head('row', name), node('td', 'n', known), node('td', 'n', scrunch));
  const row = (name, n) => texts(name, number(n.known_agents), number(n.scrunch));
  byId('deliveries').replaceChildren(row('Visits', d.visits), row('Requests', d.requests), row('Requests refused', d.refused),
    texts('Data', size(d.bytes.known_agents), size(d.bytes.scrunch)),
    ...d.by_status.map((s) => row(s.name === 'none' ? 'Status not recorded' : 'Status ' + s.name, s)));
  byId('hints-card').hidden = !d.hints.length;
  byId('hints').replaceChildren(...d.hints.map((h) => node('tr', '',
    node('td', '', node('b', '', h.field), node('div', 'small', apis[h.api] + (h.site ? ', ' + h.site : '') + ': ' + h.remedy)), node('td', 'n', number(h.missing) + ' of ' + number(h.of)))));
}
