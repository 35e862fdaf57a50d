// Plots of an evaluation: how much more than the logging policy each policy is worth, three ways, and the latencies that it would have had.
const y = { type: 'category', data: policies.map(p => p.name), axisLabel: { interval: 0, fontSize: 11 } };
const points = v => v === null ? 'no estimate' : v.toFixed(2) + ' points';
const answers = [
  ['gross: ignores what a request takes from others', 'gross', '#9aa7b5'], ['net of prices', 'net', '#3a78c3'], ['re-simulated', 'resimulated', '#4c9f70'],
];
show('answers', {
  title: { text: 'More than the policy that logged, points a request' }, legend: { top: 24, left: 0 },
  grid: { left: 10, right: 30, top: 60, bottom: 20, containLabel: true },
  tooltip: { formatter: e => {
    const a = policies[Math.round(e.data[1])][e.seriesId];
    return `${policies[Math.round(e.data[1])].name}, ${e.seriesName}<br>${points(a.value)} [${points(a.lower)}, ${points(a.upper)}]`;
  } },
  yAxis: [y, { type: 'value', min: -0.5, max: policies.length - 0.5, show: false }], xAxis: { type: 'value' },
  series: answers.flatMap(([name, key, color], s) => {
    const rows = policies.map((p, i) => [p[key], i + (s - 1) / 5]).filter(([a]) => a !== null);
    const whisker = whiskers(name, rows.map(([a, at]) => [a.lower, a.upper, at]));
    return [
      { type: 'scatter', id: key, name, itemStyle: { color }, symbolSize: 11, yAxisIndex: 1, data: rows.map(([a, at]) => [a.value, at]) },
      Object.assign(whisker, { yAxisIndex: 1 }),
    ];
  }),
});
show('latency', {
  title: { text: 'Latency off-policy with its 95 % band, ms' }, legend: { top: 24, left: 0 },
  yAxis: [y, { type: 'value', min: -0.5, max: policies.length - 0.5, show: false }],
  grid: { left: 10, right: 30, top: 60, bottom: 20, containLabel: true }, xAxis: { type: 'log' },
  series: [['p50', 'circle', -0.1], ['p99', 'diamond', 0.1]].flatMap(([key, symbol, shift]) => {
    const rows = policies.map((p, i) => [p[key], i + shift]).filter(([a]) => a !== null && a.lower > 0);
    return [
      { type: 'scatter', name: key, symbol, symbolSize: 11, yAxisIndex: 1, data: rows.map(([a, at]) => [a.value, at]) },
      Object.assign(whiskers(key, rows.map(([a, at]) => [a.lower, a.upper, at])), { yAxisIndex: 1 }),
    ];
  }),
});
