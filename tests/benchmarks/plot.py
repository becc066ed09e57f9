#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what the benchmarks wrote as JSON: plot.py FOLDER draws the files it finds there."""

import json
import sys
from pathlib import Path

try:
    import matplotlib
except ImportError:
    sys.exit("plot.py: Matplotlib is missing (Debian: python3-matplotlib)")

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "syncmap"  # the same picture for the same figures
matplotlib.rcParams["font.size"] = 9
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {
    "SyncMap": "#17a81a",
    "QHash": "#b9bdc5",
    "QHash+QMutex": "#8e939e",
    "QHash+QReadWriteLock": "#636974",
    "boost": "#2f6fb2",
    "TBB": "#4f9bd9",
    "libcuckoo": "#8cc1ec",
    "libcds": "#c4def5",
}


def small_print(figure, machine):
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"{machine['kernel']}, {machine['compiler']}, Qt {machine['qt']}",
        f"{machine['date']}, {machine['command']}",
    ]
    figure.text(0.01, 0.01, "\n".join(lines), fontsize=6, color="#555555", va="bottom")


def save(figure, path, machine):
    small_print(figure, machine)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    print(path)


def medians(cell):
    return {c["name"]: c["median"] for c in cell["contestants"] if "median" in c}


def spread(cell, name):
    """The quartiles of the rates."""
    for contestant in cell["contestants"]:
        if contestant["name"] == name and contestant["rates"]:
            rates = sorted(contestant["rates"])
            last = len(rates) - 1
            return rates[last // 4], rates[last - last // 4]
    return None


def draw_bars(axes, cells, names):
    """A group of bars for each cell."""
    width = 0.8 / len(names)
    for position, name in enumerate(names):
        for index, cell in enumerate(cells):
            rate = medians(cell).get(name)
            if rate is None:
                continue
            low, high = spread(cell, name)
            axes.bar(
                index + (position - len(names) / 2 + 0.5) * width,
                rate / 1e6,
                width * 0.92,
                yerr=[[max(0, (rate - low) / 1e6)], [max(0, (high - rate) / 1e6)]],
                error_kw={"elinewidth": 0.6, "ecolor": "#333333"},
                color=COLOURS.get(name, "#999999"),
                label=name if index == 0 else None,
            )
    axes.set_xticks(range(len(cells)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylabel("million operations/s")


def draw_map(data, folder):
    """One picture for each type of key and number of threads: operations by size."""
    operations = ["reads in place", "misses", "90/10", "50/50", "insertion"]
    for key in ("quint64", "QString"):
        cells = [c for c in data["cells"] if c["key"] == key and c["choice"] == "uniform"]
        sizes = sorted({c["entries"] for c in cells})
        names = [n for n in data["contestants"] if n != "QHash"]
        chosen = {
            size: [
                c
                for operation in operations
                for c in cells
                if c["entries"] == size
                and c["operation"] == operation
                and c["threads"] == 2
                and medians(c)
            ]
            for size in sizes
        }
        chosen = {size: list_ for size, list_ in chosen.items() if list_}
        if not chosen:
            continue
        figure, rows = plt.subplots(
            len(chosen), 1, figsize=(9, 0.9 + 2.1 * len(chosen)), squeeze=False
        )
        for axes, (size, list_) in zip(rows[:, 0], chosen.items()):
            draw_bars(axes, list_, names)
            axes.set_xticklabels([c["operation"] for c in list_])
            axes.set_title(f"{size:,} entries", fontsize=9, loc="left")
        handles, labels = rows[0, 0].get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            ncols=len(names),
            loc="upper left",
            bbox_to_anchor=(0, 1 - 0.25 / figure.get_figheight()),
            frameon=False,
            fontsize=8,
        )
        figure.suptitle(f"{key}, two threads", x=0.01, y=0.99, ha="left", va="top", fontsize=11)
        figure.tight_layout(rect=(0, 0.06, 1, 1 - 0.45 / figure.get_figheight()))
        save(figure, folder / f"map-{key.lower()}.svg", data["machine"])


def draw_ratios(data, folder):
    """SyncMap over the better Qt idiom and over the best peer: every cell with two threads."""
    peers = [n for n in data["contestants"] if n not in ("SyncMap",) and not n.startswith("QHash")]
    groups = {"the better Qt idiom": ["QHash+QMutex", "QHash+QReadWriteLock"]}
    if peers:
        groups["the best of " + ", ".join(peers)] = peers
    figure, rows = plt.subplots(1, len(groups), figsize=(4.5 * len(groups), 3.6), squeeze=False)
    is_empty = True
    for axes, (title, others) in zip(rows[0], groups.items()):
        ratios = []
        for cell in data["cells"]:
            rates = medians(cell)
            rivals = [rates[n] for n in others if n in rates]
            if cell["threads"] == 2 and "SyncMap" in rates and rivals:
                ratios.append(rates["SyncMap"] / max(rivals))
        if not ratios:
            continue
        is_empty = False
        axes.plot(range(1, len(ratios) + 1), sorted(ratios), color=COLOURS["SyncMap"])
        axes.axhline(1, color="#555555", linewidth=0.7)
        axes.set_yscale("log")
        axes.set_xlabel("cells, from the worst to the best")
        axes.set_ylabel("SyncMap is so many times as fast")
        axes.set_title(f"To {title}", fontsize=9, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    if is_empty:
        plt.close(figure)
        return
    figure.tight_layout(rect=(0, 0.1, 1, 1))
    save(figure, folder / "map-ratios.svg", data["machine"])


def draw_memory(data, folder):
    rows = [r for r in data.get("entries", []) if r["bytesPerEntry"] > 0]
    keys = [k for k in ("quint64", "QString") if any(r["key"] == k for r in rows)]
    if not keys:
        return
    figure, plots = plt.subplots(1, len(keys), figsize=(4.5 * len(keys), 3.4), squeeze=False)
    for axes, key in zip(plots[0], keys):
        for name in dict.fromkeys(r["name"] for r in rows):
            line = sorted(
                (r["entries"] / 1e6, r["bytesPerEntry"])
                for r in rows
                if r["name"] == name and r["key"] == key
            )
            if line:
                axes.plot(*zip(*line), marker=".", color=COLOURS.get(name), label=name)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("million entries")
        axes.set_ylabel("bytes of heap per entry")
        axes.set_title(key, fontsize=9, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    plots[0, 0].legend(frameon=False, fontsize=7)
    figure.tight_layout(rect=(0, 0.1, 1, 1))
    save(figure, folder / "memory.svg", data["machine"])


def draw_growth(data, folder):
    sizes = data.get("readCost", [])
    if not sizes:
        return
    figure, axes = plt.subplots(figsize=(5.5, 3.4))
    for name in dict.fromkeys(r["name"] for r in sizes):
        line = sorted((r["entries"], r["nanoseconds"]) for r in sizes if r["name"] == name)
        axes.plot(*zip(*line), marker=".", color=COLOURS.get(name), label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("entries")
    axes.set_ylabel("ns for a read, one thread")
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout(rect=(0, 0.1, 1, 1))
    save(figure, folder / "growth.svg", data["machine"])


def draw_replay(data, folder):
    """Each row is a line from the least of the others to what they reach, and a dot for the cache."""
    panels = [
        ("costs alike", "unit", {"LRU": "lru", "the best of nine policies": "best"}),
        (
            "costs by key",
            "bySize",
            {"LRU": "lruBySize", "GDSF": "gdsf", "what knows the future": "future"},
        ),
    ]
    rows = data.get("rows", [])
    if not rows:
        return
    figure, plots = plt.subplots(1, 2, figsize=(10, 0.9 + 0.16 * len(rows)), sharey=True)
    places = [-i for i in range(len(rows))]
    for axes, (title, ours, others) in zip(plots, panels):
        shades = ["#b9bdc5", "#636974", "#8cc1ec"]
        for place, row in zip(places, rows):
            values = [row[column] for column in others.values()]
            axes.plot([min(values), max(values)], [place, place], color="#e3e5e9", zorder=1)
        for (name, column), shade in zip(others.items(), shades):
            axes.scatter(
                [r[column] for r in rows], places, s=14, color=shade, marker="|", label=name
            )
        axes.scatter(
            [r[ours] for r in rows], places, s=14, color=COLOURS["SyncMap"], label="SyncCache"
        )
        mean = sum(r[ours] for r in rows) / len(rows)
        axes.set_title(f"{title}: mean {mean:.3f}", fontsize=9, loc="left")
        axes.set_xlabel("hit ratio")
        axes.set_xlim(0, 1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=7, loc="lower right")
    plots[0].set_yticks(places, [f"{r['trace']} {r['entries']:,}" for r in rows], fontsize=7)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    save(figure, folder / "replay.svg", data["machine"])


DRAWINGS = {
    "map.json": [draw_map, draw_ratios],
    "memory.json": [draw_memory],
    "growth.json": [draw_growth],
    "replay.json": [draw_replay],
}


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(f"usage: plot.py FOLDER [FILE]..., draws these, or {', '.join(DRAWINGS)} of FOLDER")
    folder = Path(sys.argv[1])
    wanted = sys.argv[2:] or DRAWINGS
    found = [name for name in DRAWINGS if name in wanted and (folder / name).is_file()]
    if not found:
        sys.exit(f"plot.py: none of {', '.join(DRAWINGS)} in {folder}")
    for name in found:
        try:
            data = json.loads((folder / name).read_text(encoding="utf-8"))
        except ValueError as error:
            sys.exit(f"plot.py: {folder / name}: {error}")
        for draw in DRAWINGS[name]:
            draw(data, folder)


if __name__ == "__main__":
    main()
