// Plots of an experiment: all cells at once, and one cell that the reader chooses.
function overview() {
  const learned = [...new Set(cells.flatMap(c => c.policies.filter(p => !p.heuristic).map(p => p.name)))];
  show('overview', {
    title: { text: 'Difference to the best simple rule of each cell, points' }, legend: { top: 4, right: 10 },
    tooltip: { trigger: 'axis', valueFormatter: v => v === undefined ? '' : v.toFixed(2) },
    dataZoom: cells.length > 24 ? [{ type: 'slider', bottom: 4, height: 18 }] : [],
    xAxis: { type: 'category', data: cells.map(c => c.name), axisLabel: { rotate: 35, fontSize: 10, hideOverlap: true } }, yAxis: { type: 'value' },
    grid: { left: 10, right: 30, top: 50, bottom: cells.length > 24 ? 40 : 10, containLabel: true },
    series: learned.map(name => ({
      type: 'bar', name,
      data: cells.map(c => {
        const p = c.policies.find(q => q.name === name);
        return p && p.difference !== null ? 100 * p.difference : undefined;
      }),
    })),
  });
  charts.overview.on('click', e => { document.getElementById('cell').value = e.dataIndex; cell(e.dataIndex); });
}
function cell(index) {
  const c = cells[index], ps = [...c.policies].reverse(), names = ps.map(p => p.name);
  const y = { type: 'category', data: names, axisLabel: { interval: 0, fontSize: 11 } };
  const colour = p => p.name === c.best ? '#e0a030' : p.heuristic ? '#9aa7b5' : '#3a78c3';
  show('value', {
    title: { text: c.value + ' as value' + (c.bound === null ? '' : ', and what no policy can exceed') },
    yAxis: y,
    xAxis: {
      type: 'value', max: v => Math.ceil(20 * Math.max(v.max, c.bound || 0)) / 20, axisLabel: { formatter: v => Math.round(100 * v) + ' %' },
    },
    tooltip: {
      formatter: e => {
        const p = ps[e.dataIndex];
        const difference = p.difference === null ? ''
          : '<br>to the best simple rule ' + percent(p.difference) + ' ± ' + percent(p.differenceHalf);
        return `${p.name}: ${percent(p.value)} ± ${percent(p.half)}${difference}`;
      },
    },
    series: [
      {
        type: 'bar', data: ps.map(p => ({ value: p.value, itemStyle: { color: colour(p) } })),
        markLine: c.bound === null ? undefined : {
          symbol: 'none', data: [{ xAxis: c.bound }], label: { formatter: percent(c.bound) }, lineStyle: { color: '#c03030' },
        },
      },
      whiskers('95 % interval', ps.map((p, i) => [p.value - p.half, p.value + p.half, i])),
    ],
  });
  const part = (name, key, color) => ({ type: 'bar', stack: 'all', name, itemStyle: { color }, data: ps.map(p => p[key]) });
  show('outcome', {
    title: { text: 'What became of the requests' }, legend: { top: 6, right: 10 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: percent },
    grid: { left: 10, right: 30, top: 50, bottom: 20, containLabel: true },
    yAxis: y, xAxis: { type: 'value', max: 1, axisLabel: { formatter: v => Math.round(100 * v) + ' %' } },
    series: [part('success', 'success', '#4c9f70'), part('reject', 'reject', '#d9b44a'), part('failure', 'failure', '#c0504d')],
  });
  show('latency', {
    title: { text: 'Latency of the answers, ms' }, legend: { top: 6, right: 10 }, tooltip: { trigger: 'axis', valueFormatter: v => v.toFixed(1) + ' ms' },
    grid: { left: 10, right: 30, top: 50, bottom: 20, containLabel: true },
    yAxis: y, xAxis: { type: 'log' },
    series: [['p50', 'circle'], ['p99', 'diamond']].map(([key, symbol]) => ({
      type: 'scatter', name: key, symbol, symbolSize: 11, data: ps.map((p, i) => [1e3 * p[key], i]).filter(d => d[0] > 0),
    })),
  });
  show('axes', {
    title: { text: 'Accuracy against energy (modelled); size: success' },
    tooltip: { formatter: e => `${e.data[3]}<br>accuracy ${percent(e.data[1])}, ${e.data[0].toFixed(3)} J, success ${percent(e.data[2])}` },
    xAxis: { type: 'value', name: 'J per request', nameLocation: 'middle', nameGap: 25, scale: true },
    yAxis: { type: 'value', scale: true, axisLabel: { formatter: v => (100 * v).toFixed(1) + ' %' } },
    series: [{
      type: 'scatter', data: ps.map(p => [p.energy, p.accuracy, p.success, p.name]),
      symbolSize: d => 6 + 16 * d[2], itemStyle: { opacity: 0.75, color: e => colour(ps[e.dataIndex]) },
      label: { show: true, position: 'right', formatter: e => e.data[3], fontSize: 10 }, labelLayout: { hideOverlap: true },
    }],
  });
}
const choice = document.getElementById('cell');
cells.forEach((c, i) => choice.add(new Option(c.name + ' (' + c.value + ')', i)));
choice.addEventListener('change', () => cell(Number(choice.value)));
overview();
cell(0);
