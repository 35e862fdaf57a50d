#!/usr/bin/env bash
# Makes stand-ins for the three NuGet packages that some copies of the gallery lack (librdkafka.redist,
# Microsoft.ML.OnnxRuntime, Apache.Avro) from npm and Debian sources into .feed/, which git ignores and
# Directory.Build.props adds to the restore when it is there. Finished packages are kept in a cache of the user.
# usage: eng/feed/make-feed.sh [--force]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
feed="$root/.feed"
log="$feed/make-feed.log"

KAFKA_NPM='@confluentinc/kafka-javascript@1.10.1'; KAFKA_VERSION=2.15.1
ONNX_NPM='com.github.asus4.onnxruntime@0.4.9';     ONNX_VERSION=1.29.0
AVRO_SOURCE=avro-java;                             AVRO_VERSION=1.8.2

recipe=$(cat "$here"/*.csproj "$here/make-feed.sh" | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/streamsched/feed-$recipe"

say() { printf '  %s\n' "$*" >&2; }
die() { printf 'make-feed: %s\n  (the whole output: %s)\n' "$*" "$log" >&2; exit 1; }
run() { printf '\n+ %s\n' "$*" >>"$log"; "$@" >>"$log" 2>&1; }

publish() { # from the cache into the checkout
  mkdir -p "$feed/packages"
  cp "$cache"/*.nupkg "$feed/packages/"
  cp "$cache/versions.props" "$feed/versions.props"
}

mkdir -p "$feed"; : >"$log"
if [ "${1:-}" != --force ] && [ -f "$cache/complete" ]; then publish; say "stand-in packages taken from $cache"; exit 0; fi

missing=()
for tool in npm:npm gcc:gcc g++:g++ make:make apt-get:apt tar:tar xz:xz-utils strip:binutils; do
  command -v "${tool%%:*}" >/dev/null 2>&1 || missing+=("${tool##*:}")
done
for header in zlib.h:zlib1g-dev openssl/ssl.h:libssl-dev sasl/sasl.h:libsasl2-dev; do
  printf '#include <stdio.h>\n#include <%s>\n' "${header%%:*}" | gcc -E -x c - >/dev/null 2>&1 || missing+=("${header##*:}")
done
[ ${#missing[@]} -eq 0 ] || die "missing tools. On Debian: sudo apt-get install -y ${missing[*]}"

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
rm -rf "$cache"; mkdir -p "$cache"

say 'downloading sources (npm) …'
mkdir "$work/npm"
(cd "$work/npm" && run npm install --ignore-scripts --no-save --no-audit --no-fund "$KAFKA_NPM" "$ONNX_NPM") ||
  die "npm could not install $KAFKA_NPM and $ONNX_NPM: is a npm registry reachable?"

say "compiling librdkafka $KAFKA_VERSION (about a minute) …"
rdkafka="$work/npm/node_modules/@confluentinc/kafka-javascript/deps/librdkafka"
(cd "$rdkafka" && run ./configure && run make -j"$(nproc)" -C src) || die 'librdkafka did not compile'
mkdir "$work/native"
cp "$rdkafka/src/librdkafka.so.1" "$work/native/librdkafka.so"
strip -g "$work/native/librdkafka.so"
run dotnet pack "$here/librdkafka.redist.csproj" -c Release --artifacts-path "$work/out" \
  -p:Version=$KAFKA_VERSION -p:NativeDir="$work/native" -p:FeedDir="$cache" || die 'librdkafka.redist could not be packed'

say "packing ONNX Runtime $ONNX_VERSION …"
run dotnet pack "$here/Microsoft.ML.OnnxRuntime.csproj" -c Release --artifacts-path "$work/out" \
  -p:Version=$ONNX_VERSION -p:NpmDir="$work/npm/node_modules" -p:FeedDir="$cache" || die 'Microsoft.ML.OnnxRuntime could not be packed'

say "compiling Apache Avro $AVRO_VERSION …"
mkdir -p "$work/apt/lists/partial" "$work/apt/sources"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do # the user's own Debian mirrors, asked for sources
  [ -f "$list" ] && grep -q debian "$list" || continue
  sed -E 's/^deb(-src)? /deb-src /; s/^Types:.*/Types: deb-src/' "$list" >"$work/apt/sources/$(basename "$list")"
done
chmod -R a+rX "$work"
apt_options=(-o "Dir::State::Lists=$work/apt/lists" -o Dir::Etc::SourceList=/dev/null
             -o "Dir::Etc::SourceParts=$work/apt/sources" -o APT::Sandbox::User=root)
[ -f "$work/apt/sources/sources.list" ] && apt_options[3]="Dir::Etc::SourceList=$work/apt/sources/sources.list"
run apt-get "${apt_options[@]}" update || die 'no Debian mirror could be reached'
(cd "$work/apt" && run apt-get "${apt_options[@]}" source --download-only --tar-only "$AVRO_SOURCE" && run tar xf "$AVRO_SOURCE"_*.orig.tar.*) ||
  die "Debian's source package $AVRO_SOURCE could not be had"
avro=$(find "$work/apt" -path '*/lang/csharp' -type d | head -n 1)
[ -n "$avro" ] || die "no C# library in Debian's $AVRO_SOURCE"
run dotnet pack "$here/Apache.Avro.csproj" -c Release --artifacts-path "$work/out" \
  -p:Version=$AVRO_VERSION -p:AvroDir="${avro%/lang/csharp}" -p:FeedDir="$cache" || die 'Apache.Avro could not be packed'

cat >"$cache/versions.props" <<XML
<Project>
  <PropertyGroup>
    <ApacheAvroVersion>$AVRO_VERSION</ApacheAvroVersion>
  </PropertyGroup>
</Project>
XML
touch "$cache/complete"
publish
say "stand-in packages are in $feed/packages"
