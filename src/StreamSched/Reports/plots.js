'use strict';
// What the plots of all reports have in common.
const percent = x => (100 * x).toFixed(2) + ' %';
const charts = {};
function show(id, option) {
  charts[id] = charts[id] || echarts.init(document.getElementById(id));
  option.title = Object.assign({ left: 0, top: 0, textStyle: { fontSize: 15 } }, option.title);
  charts[id].setOption(Object.assign({ animation: false, grid: { left: 10, right: 30, top: 50, bottom: 40, containLabel: true } }, option), true);
}
// A whisker from mean - half to mean + half across a horizontal bar.
const whiskers = (name, rows) => ({
  type: 'custom', name, silent: true, z: 5, data: rows, encode: { x: [0, 1], y: 2 },
  renderItem: (params, api) => {
    const y = api.coord([0, api.value(2)])[1], a = api.coord([api.value(0), api.value(2)])[0], b = api.coord([api.value(1), api.value(2)])[0];
    const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: '#222', lineWidth: 1 } });
    return { type: 'group', children: [line(a, y, b, y), line(a, y - 4, a, y + 4), line(b, y - 4, b, y + 4)] };
  },
});
addEventListener('resize', () => Object.values(charts).forEach(c => c.resize()));
