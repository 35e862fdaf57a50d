#!/bin/sh
# Brings echarts, the plotting library of HTML reports, from npm at the version given: fetch.sh VERSION FOLDER. Without npm, or without
# a registry, reports have their tables and say what is missing; the next try is made when FOLDER/missing is gone.
version=$1 folder=$2
mkdir -p "$folder" || exit 1
work=$(mktemp -d "$folder/.get-XXXXXX") || exit 1
if (
  cd "$work" &&
    npm pack "echarts@$version" --silent --fetch-retries=1 --fetch-timeout=30000 &&
    tar xzf "echarts-$version.tgz" package/dist/echarts.min.js package/LICENSE package/NOTICE
) >/dev/null 2>&1; then
  mv "$work/package/LICENSE" "$work/package/NOTICE" "$folder/"
  mv "$work/package/dist/echarts.min.js" "$folder/echarts.min.js"
else
  echo "echarts $version could not be had from npm" >"$folder/missing"
fi
rm -rf "$work"
