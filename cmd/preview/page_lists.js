'use strict';
// Strangers choose most of what arrives. It is only ever set as text.
const byId = (id) => document.getElementById(id);
const apis = { known_agents: 'Known Agents', scrunch: 'Scrunch', '': 'no API' };
const classes = { browser: 'Browsers', other: 'Other programs', none: 'No user agent' };
const purposes = ['training', 'search', 'assistant', 'action', 'browser', 'other', 'none'];
const isNarrow = matchMedia('(max-width: 800px)').matches;
const number = (n) => n.toLocaleString('en');

function node(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children); // strings become text nodes
  return made;
}
function colour(purpose) { return purposes.includes(purpose) ? purpose : 'other'; }
// address is a text that may break after each slash.
function address(text) {
  return node('span', 'text', ...(text.match(/[^/]*\/|[^/]+/g) || []).flatMap((part) => [part, node('wbr')]));
}
function badge(purpose) { return node('span', 'badge ' + colour(purpose), purpose); }
function say(text) { byId('said').textContent = text; }

// fill makes the children of a parent, after its head, those of the items. A child whose
// item did not change stays the same node, so that focus, selection and what is open stay.
function fill(parent, items, key, make) {
  const old = new Map([...parent.children].filter((c) => c.dataset.key !== undefined).map((c) => [c.dataset.key, c]));
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  let again = focused;
  let place = [...parent.children].find((c) => c.dataset.key !== undefined) || null;
  for (const item of items) {
    const name = String(key(item)), text = JSON.stringify(item), was = old.get(name);
    let child = was;
    if (!was || was.shows !== text) {
      child = make(item, was);
      child.dataset.key = name;
      child.shows = text;
      if (was && was.contains(focused)) again = child.querySelector('button');
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  while (place) { const next = place.nextElementSibling; place.remove(); place = next; }
  if (again && again !== document.activeElement && again.isConnected) again.focus();
}

// list is a card with a table of which the first rows are shown, and a button for all.
function list(id, few, key, make) {
  const more = byId(id + '-more'), card = more.parentElement, table = card.querySelector('table');
  let all = false, items = [];
  const draw = () => {
    fill(table, all ? items : items.slice(0, few), key, make);
    table.hidden = !items.length;
    const none = card.querySelector('.none');
    if (none) none.hidden = items.length > 0;
    more.hidden = items.length <= few;
    more.textContent = all ? 'Show fewer' : 'Show all ' + number(items.length);
    more.setAttribute('aria-expanded', String(all));
  };
  more.onclick = () => { all = !all; draw(); };
  return (now) => { items = now; draw(); };
}
function body(...rows) { return node('tbody', '', ...rows); }
function cell(n, className) { return node('td', 'n ' + (className || ''), number(n)); }

// pick is a name that sets the filter, or clears it.
function pick(field, value, label) {
  const made = node('button', 'pick', label);
  made.type = 'button';
  made.setAttribute('aria-pressed', String(filter.get(field) === value));
  made.title = 'Show only ' + label;
  made.onclick = () => choose(field, filter.get(field) === value ? '' : value);
  return made;
}
function readers(agents) {
  if (filter.has('agent')) return '';
  const text = agents.slice(0, 3).map((a) => a.name + ' ' + number(a.visits)).join(', ');
  return node('div', 'small', agents.length > 3 ? text + ', …' : text);
}

const showAgents = list('agents', isNarrow ? 5 : 8, (a) => a.name, (a) => body(node('tr', '',
  node('td', '', pick('agent', a.name, classes[a.name] || a.label), ' ', ...(classes[a.name] ? [] : [badge(a.purpose), node('div', 'small', a.operator || 'operator not known')])),
  cell(a.visits), cell(a.errors, a.errors ? 'bad' : ''))));
const showPages = list('pages', isNarrow ? 5 : 8, (p) => p.page, (p) => body(node('tr', '',
  node('td', '', address(p.page), readers(p.agents)), cell(p.visits), cell(p.failed, p.failed ? 'bad' : ''))));
const showErrors = list('errors', 6, (e) => e.status + e.page, (e) => body(node('tr', '',
  node('td', '', address(e.page), readers(e.agents)), node('td', 'n bad', String(e.status)), cell(e.visits))));
const showPeople = list('people', 4, (s) => s.name, (s) => body(
  node('tr', '', node('td', '', pick('sent', s.name, s.name)), cell(s.visits)),
  ...(filter.has('sent') ? s.pages : s.pages.slice(0, 5)).map((p) => node('tr', 'landing', node('td', '', address(p.page), ...(p.failed ? [node('div', 'small bad', number(p.failed) + ' failed')] : [])), cell(p.visits)))));

function head(scope, text, className) {
  const th = node('th', className || '', text);
  th.scope = scope;
  return th;
}
// tellNumbers writes the chart as a table, for those who do not see it, or want to know.
function tellNumbers(chart) {
  const table = byId('numbers').querySelector('table');
  table.tHead.rows[0].replaceChildren(head('col', 'Time'), ...chart.legend.map((name) => head('col', classes[name] || name, 'n')), head('col', 'all', 'n'));
  table.tBodies[0].replaceChildren(...chart.columns.map((column) => node('tr', '', head('row', column.period, 'time'),
    ...chart.legend.map((name) => cell(column.pieces.find((p) => p.purpose === name)?.visits || 0)), cell(column.visits))));
}

// drawChart draws visits over time, as the server has laid it out.
function drawChart(view) {
  const chart = view.chart, what = chart.legend.some((name) => classes[name]) && !view.agents.some((a) => !classes[a.name]) ? 'Visits' : 'Visits of agents';
  byId('chart-card').hidden = !chart.columns.length;
  if (!chart.columns.length) return;
  byId('chart-title').textContent = what + ' by ' + view.period;
  byId('chart-top').textContent = number(chart.top);
  byId('chart-first').textContent = chart.columns[0].period;
  byId('chart-last').textContent = chart.columns.length > 1 ? chart.columns.at(-1).period : '';
  fill(byId('legend'), chart.legend, (name) => name, (name) => node('span', colour(name), classes[name] || name));
  const most = chart.columns.reduce((a, b) => b.visits > a.visits ? b : a);
  byId('chart').setAttribute('aria-label', what + ' from ' + chart.columns[0].period + ' to ' + chart.columns.at(-1).period + '. The most are ' + number(most.visits) + ', at ' + most.period + '.');
  if (byId('numbers').open) tellNumbers(chart);
  byId('chart').replaceChildren(...chart.columns.flatMap((column) => column.pieces.map((p) => {
    const rect = document.createElementNS(byId('chart').namespaceURI, 'rect'), title = document.createElementNS(rect.namespaceURI, 'title');
    for (const [name, value] of Object.entries({ x: p.x, y: p.y, width: p.width, height: p.height, class: colour(p.purpose) })) rect.setAttribute(name, value);
    title.textContent = column.period + ': ' + p.purpose + ' ' + number(p.visits);
    rect.append(title);
    return rect;
  })));
}
