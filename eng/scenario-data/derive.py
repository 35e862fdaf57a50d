#!/usr/bin/env python3
"""Derives scenarios/data/ from the public data sets that scenarios/data/SOURCES.md names.

    eng/scenario-data/derive.py FOLDER      FOLDER holds the files below, as their repositories have them (see SOURCES.md)

What is measured stays as measured; what nobody measured is written under "assumed", and every report carries it.
"""
import csv, gzip, json, shutil, sys
from pathlib import Path

src = Path(sys.argv[1])
out = Path(__file__).resolve().parents[2] / "scenarios" / "data"

# name in ncnn's log -> name here, task, accuracy, where the accuracy is from
TIMM = "timm results-imagenet.csv: "
HUB = "AI Hub numerics: "
VARIANTS = {
    "squeezenet": ("squeezenet", HUB + "squeezenet1_1, float"), "squeezenet_int8": ("squeezenet-int8", HUB + "squeezenet1_1, w8a8"),
    "shufflenet_v2": ("shufflenet-v2", HUB + "shufflenet_v2, float"), "googlenet": ("googlenet", HUB + "googlenet, float"),
    "googlenet_int8": ("googlenet-int8", HUB + "googlenet, w8a8"), "resnet18": ("resnet18", TIMM + "resnet18.tv_in1k, 224"),
    "resnet18_int8": ("resnet18-int8", TIMM + "resnet18.tv_in1k, 224, less the 0.7 points that AI Hub's resnet18 loses with w8a8"),
    "mobilenet_v2": ("mobilenet-v2", TIMM + "mobilenetv2_100.ra_in1k, 224"), "regnety_400m": ("regnety-400m", TIMM + "regnety_004.pycls_in1k, 224"),
    "mnasnet": ("mnasnet", TIMM + "mnasnet_100.rmsp_in1k, 224"), "mobilenet": ("mobilenet-v1", TIMM + "mobilenetv1_100.ra4_e3600_r224_in1k, 224"),
    "mobilenet_v3": ("mobilenet-v3", TIMM + "mobilenetv3_large_100.ra_in1k, 224"),
    "efficientnet_b0": ("efficientnet-b0", TIMM + "efficientnet_b0.ra_in1k, 224"),
    "efficientnetv2_b0": ("efficientnetv2-b0", TIMM + "tf_efficientnetv2_b0.in1k, 224"), "resnet50": ("resnet50", TIMM + "resnet50.a1_in1k, 224"),
    "resnet50_int8": ("resnet50-int8", TIMM + "resnet50.a1_in1k, 224; AI Hub's resnet50 loses nothing with w8a8"),
    "vision_transformer": ("vit-b32", TIMM + "vit_base_patch32_384.augreg_in21k_ft_in1k, 384"),
    "yolo-fastestv2": ("yolo-fastestv2", "COCO mAP(0.5) in the README of dog-qiuqiu/Yolo-FastestV2"),
    "yolo-fastest-1.1": ("yolo-fastest-1.1", "COCO mAP(0.5) in the README of dog-qiuqiu/Yolo-FastestV2"),
    "yolov4-tiny": ("yolov4-tiny", "COCO mAP(0.5) in the README of dog-qiuqiu/Yolo-FastestV2"),
}
PUBLISHED = {"yolo-fastestv2": 0.2356, "yolo-fastest-1.1": 0.244, "yolov4-tiny": 0.402}
# parameters in millions x 4 bytes (1 for int8), from timm and the READMEs
PARAMETERS = {"squeezenet": 1.24, "shufflenet-v2": 1.37, "googlenet": 6.6, "resnet18": 11.69, "mobilenet-v2": 3.5, "regnety-400m": 4.34, "mnasnet": 4.38,
              "mobilenet-v1": 4.23, "mobilenet-v3": 5.48, "efficientnet-b0": 5.29, "efficientnetv2-b0": 7.14, "resnet50": 25.56, "vit-b32": 88.3,
              "yolo-fastestv2": 0.25, "yolo-fastest-1.1": 0.35, "yolov4-tiny": 5.77}
TIMM_NAMES = {"resnet18": ("resnet18", 224), "mobilenet-v2": ("mobilenetv2_100", 224), "regnety-400m": ("regnety_004", 224), "mnasnet": ("mnasnet_100", 224),
              "mobilenet-v1": ("mobilenetv1_100", 224), "mobilenet-v3": ("mobilenetv3_large_100", 224), "efficientnet-b0": ("efficientnet_b0", 224),
              "resnet50": ("resnet50", 224), "vit-b32": ("vit_base_patch32_384", 384)}


def accuracies():
    timm, hub = {}, {}
    for r in csv.DictReader(open(src / "timm_bench/results-imagenet.csv")):
        timm[r["model"], int(r["img_size"])] = float(r["top1"]) / 100
    for r in csv.DictReader(open(src / "ai_hub_models/numerics_flat.csv")):
        if r["dataset"] == "imagenet":
            hub.setdefault((r["model"], r["precision"]), []).append(float(r["device_metric"]) / 100)
    found = {}
    for name, origin in VARIANTS.values():
        if name in PUBLISHED:
            found[name] = PUBLISHED[name]
        elif origin.startswith(TIMM):
            model, size = origin[len(TIMM):].split(";")[0].split(", ")[:2]
            found[name] = timm[model, int(size)] - (0.007 if name == "resnet18-int8" else 0)
        else:
            model, precision = origin[len(HUB):].split(", ")
            values = sorted(hub[model, precision])
            found[name] = values[len(values) // 2]
    return found


NCNN = list(csv.DictReader(open(src / "ncnn_bench/ncnn_bench_flat.csv")))


def times(device, threads, gpu):
    """average ms and the scatter of one measured entry"""
    entry = {}
    for r in NCNN:
        if r["device"].strip('"').startswith(device) and r["num_threads"] == str(threads) and r["gpu_device"] == str(gpu) and r["model"] in VARIANTS:
            entry[VARIANTS[r["model"]][0]] = (float(r["avg_ms"]), float(r["min_ms"]), float(r["max_ms"]))
    if not entry:
        raise SystemExit(f"no entry for {device}, {threads} threads, gpu {gpu}")
    return entry


def noise(avg, low, high):
    # log-normal: the fastest of the runs lies about two standard deviations below the mean; maxima are single accidents
    return round(min(0.3, max(0.03, (avg - low) / avg / 2)), 3)


def services(entry, processor, skip=(), batch=None):
    rows = []
    for name, (avg, low, high) in entry.items():
        if name in skip:
            continue
        row = {"variant": name, "processor": processor, "ms": round(avg, 3), "noise": noise(avg, low, high)}
        if batch and name in batch:
            n = 16
            row["ms"] = [[1, round(avg, 3)], [n, round(avg + (n - 1) * min(batch[name], avg), 3)]]
        rows.append(row)
    return rows


def sharing(by_threads, most, slots):
    """n runs that share the cores: each goes as fast as with its part of the threads. Between measured numbers of threads by the power law through them."""
    import math
    law = {}
    for name in by_threads[most]:
        def at(threads):
            known = sorted(by_threads)
            upper = next(k for k in known if k >= threads)
            lower = max((k for k in known if k <= threads), default=known[0])
            if upper == lower:
                return by_threads[upper][name][0]
            share = math.log(threads / lower) / math.log(upper / lower)
            return by_threads[lower][name][0] ** (1 - share) * by_threads[upper][name][0] ** share
        law[name] = [round(max(1.0, at(most / n) / by_threads[most][name][0]), 3) for n in range(2, slots + 1)]
    return law


INT8 = [v for v, _ in VARIANTS.values() if v.endswith("-int8")]


def classes():
    pi5 = {t: times("Raspberry Pi 5 Broadcom BCM2712, Cortex", t, -1) for t in (1, 4)}
    pi4 = {t: times("Raspberry Pi 4 Model B", t, -1) for t in (1, 4)}
    agx = {t: times("NVIDIA Jetson AGX Orin", t, -1) for t in (1, 2, 4, 8, 12)}
    d64 = {t: times("Microsoft Azure Standard D64s v6", t, -1) for t in (1, 2, 4, 8, 16, 32, 64)}
    timm = {}
    for r in csv.DictReader(open(src / "timm_bench/benchmark-infer-amp-nhwc-pt240-cu124-rtx3090.csv")):
        timm[r["model"], int(r["infer_img_size"])] = 1000 / float(r["infer_samples_per_sec"])
    share = {ours: timm[theirs] for ours, theirs in TIMM_NAMES.items()}
    rtx, v100 = times("NVIDIA RTX3090", 10, 0), times("NVIDIA Tesla V100", 1, 0)
    no_gpu = INT8 + ["efficientnetv2-b0", "vit-b32", "yolo-fastest-1.1", "squeezenet", "googlenet", "shufflenet-v2"]
    log = "ncnn benchmark/README.md"
    watts = "watts (nominal board power)"
    cores = f"interference derived from {log}'s thread scaling: n runs share the cores; contention for memory is not in it"
    result = []

    def add(name, source, assumed, processors, rows, law=None):
        entry = {"name": name, "source": source, "assumed": assumed, "processors": processors, "services": rows}
        if law:
            entry["interference"] = {"per_company": law}
        result.append(entry)

    add("pi4", f"{log}: Raspberry Pi 4 Model B, 4 threads", [watts, cores], [dict(id="cpu", slots=2, idle_w=2.7, active_w=6.4, tariff_per_hour=0.01)],
        services(pi4[4], "cpu"), sharing(pi4, 4, 2))
    add("pi5", f"{log}: Raspberry Pi 5, 4 threads", [watts, cores], [dict(id="cpu", slots=2, idle_w=3, active_w=8, tariff_per_hour=0.01)],
        services(pi5[4], "cpu"), sharing(pi5, 4, 2))
    add("jetson-nano", f"{log}: Jetson Nano, GPU (Vulkan)", [watts], [dict(id="gpu", idle_w=2, active_w=10, tariff_per_hour=0.02)],
        services(times("NVIDIA Jetson Nano", 4, 0), "gpu", INT8 + ["efficientnetv2-b0", "vit-b32"]))
    add("orin-nano", f"{log}: Jetson Orin Nano, GPU (Vulkan) and 6 CPU threads", [watts],
        [dict(id="gpu", idle_w=4, active_w=10, tariff_per_hour=0.04), dict(id="cpu", idle_w=0, active_w=5, tariff_per_hour=0.01)],
        services(times("NVIDIA Jetson Orin Nano", 1, 0), "gpu", INT8 + ["efficientnetv2-b0", "vit-b32"])
        + services(times("NVIDIA Jetson Orin Nano", 6, -1), "cpu", ["vit-b32"]))
    add("agx-orin", f"{log}: Jetson AGX Orin, GPU (Vulkan) and 12 CPU threads", [watts, cores],
        [dict(id="gpu", idle_w=8, active_w=30, tariff_per_hour=0.1), dict(id="cpu", slots=3, idle_w=4, active_w=20, tariff_per_hour=0.05)],
        services(times("NVIDIA Jetson AGX Orin", 1, 0), "gpu", INT8 + ["efficientnetv2-b0", "vit-b32"]) + services(agx[12], "cpu"), None)
    result[-1]["interference"] = {"per_company": sharing(agx, 12, 3)}
    xavier = {t: times("NVIDIA Jetson AGX Xavier", t, -1) for t in (1, 2, 4, 8)}
    add("agx-xavier", f"{log}: Jetson AGX Xavier, 8 CPU threads", [watts, cores], [dict(id="cpu", slots=4, idle_w=5, active_w=20, tariff_per_hour=0.05)],
        services(xavier[8], "cpu"), sharing(xavier, 8, 4))
    add("c5-4xlarge", f"{log}: AWS c5.4xlarge, 8 threads", [watts, "tariff (list price from memory)"],
        [dict(id="cpu", idle_w=40, active_w=120, tariff_per_hour=0.68)], services(times("AWS c5.4xlarge", 8, -1), "cpu"))
    add("d64s-v6", f"{log}: Azure D64s v6, 16 threads per run", [watts, "tariff (list price from memory)", "four runs of 16 threads do not slow each other"],
        [dict(id="cpu", slots=4, idle_w=100, active_w=90, tariff_per_hour=0.8)], services(d64[16], "cpu"))
    add("rtx3090", f"{log}: RTX 3090, batch 1; each further request of a batch as timm's large batches (amp, nhwc)",
        ["watts (nominal board power)", "batch times between 1 and 16 are linear", "tariff"],
        [dict(id="gpu", idle_w=25, active_w=350, tariff_per_hour=0.35)], services(rtx, "gpu", no_gpu, share))
    scale = {v: share[v] * v100[v][0] / rtx[v][0] for v in share if v in v100 and v in rtx}
    add("v100", f"{log}: Tesla V100, batch 1", [watts, "batches gain as they do on the RTX 3090 (timm)", "tariff (list price from memory)"],
        [dict(id="gpu", idle_w=35, active_w=250, tariff_per_hour=2.5)], services(v100, "gpu", no_gpu, scale))
    return result


def dump(value, indent=0):
    """JSON with one line per innermost thing, so that differences can be read"""
    pad = "  " * (indent + 1)
    flat = json.dumps(value)
    if not isinstance(value, (dict, list)) or len(flat) <= 150:
        return flat
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {dump(v, indent + 1)}" for k, v in value.items()) + "\n" + "  " * indent + "}"
    return "[\n" + ",\n".join(pad + dump(v, indent + 1) for v in value) + "\n" + "  " * indent + "]"


def main():
    accuracy = accuracies()
    variants = []
    for name, origin in VARIANTS.values():
        parameters = PARAMETERS[name.removesuffix("-int8")]
        variants.append({"name": name, "task": "detection" if name in PUBLISHED else "classification", "accuracy": round(accuracy[name], 4),
                         "memory_mb": round(parameters * (1 if name.endswith("-int8") else 4), 1), "source": origin})
    (out / "catalogue.json").write_text(dump({"source": "derived by eng/scenario-data/derive.py, see SOURCES.md",
                                              "licence": "BSD-3-Clause, Apache-2.0, see SOURCES.md",
                                              "variants": variants, "classes": classes()}) + "\n")

    for name in ("Abilene", "Geant2012", "Garr201201", "Uninett2010"):
        shutil.copyfile(src / f"topology_zoo/gml/{name}.gml", out / f"topologies/{name}.gml")
    shutil.copyfile(src / "cell_bandwidth/cooked_traces/bus.ljansbakken-oslo-report.2010-09-28_1407CEST.log", out / "bandwidth/bus-oslo.tsv")
    shutil.copyfile(src / "cell_bandwidth/cooked_traces/car.snaroya-smestad-report.2011-02-14_2032CET.log", out / "bandwidth/car-oslo.tsv")

    minutes = None
    for r in csv.reader(open(src / "azure_functions/invocations_per_minute.csv")):
        if r[0] == "HashOwner":
            minutes = [0] * (len(r) - 4)
        else:
            for i, n in enumerate(r[4:]):
                minutes[i] += int(n)
    (out / "azure-functions-2019.csv").write_text("# Azure Functions 2019, 500 functions, sum of the invocations of each minute\nstart_s,rate_per_s\n"
                                                  + "".join(f"{60 * i},{n / 60:.4f}\n" for i, n in enumerate(minutes)))

    rtt = sorted(float(x) for line in gzip.open(src / "netlatency/PlanetLabData_1.gz", "rt") for x in line.split() if float(x) > 0)
    (out / "rtt-planetlab.csv").write_text("# round trips between PlanetLab nodes\nquantile,rtt_ms\n"
                                           + "".join(f"{q},{rtt[int(len(rtt) * q)]:.1f}\n" for q in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)))


main()
