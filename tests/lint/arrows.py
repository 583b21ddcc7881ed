#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Arrows point down: a folder is a layer, and what a file includes lies in its own layer or below.

The table says on which layers each one stands. It is compared with the USES of every CMakeLists.txt,
so that what is compiled and what is drawn here are the same house.
"""

import re

from tree import CODE_FOLDERS, Complaints, files, root

LAYERS = {
    "common/base": (),
    "common/cert": ("common/base",),
    "config": ("common/cert",),
    "daemon/loop": ("common/base",),
    "daemon/judge": ("common/cert",),
    "daemon/notice": ("daemon/judge", "config"),
    "daemon/store": ("daemon/judge",),
    "daemon/alert": ("daemon/judge", "config", "daemon/loop"),
    "daemon/probe": ("common/cert", "daemon/loop"),
    "daemon/aia": ("common/cert", "daemon/loop"),
    "daemon/monitor": ("config", "daemon/judge", "daemon/notice", "daemon/probe", "daemon/aia", "daemon/alert",
                       "daemon/store"),
    "daemon/metrics": ("common/base",),
    "daemon/web": ("daemon/monitor", "daemon/metrics"),
    "daemon/demo": ("common/cert",),
    "daemon/app": ("daemon/web", "daemon/monitor", "daemon/demo"),
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
USES = re.compile(r"notafter_layer\(\s*(\w+)\b.*?\bUSES\b([^)]*)\)", re.DOTALL)
LINKS = re.compile(r"target_link_libraries\(\s*notafter\s+PRIVATE\b([^)]*)\)", re.DOTALL)


def below(layer, seen=()):
    """Every layer that @layer may include, itself too. A cycle in the table is our own bug."""
    if layer in seen:
        raise SystemExit(f"arrows.py: the table has a cycle: {' -> '.join((*seen, layer))}")
    return {layer}.union(*(below(b, (*seen, layer)) for b in LAYERS[layer]))


def layer_of(path):
    """The layer of a file, given by its path in the tree, or None."""
    return next((name for name in LAYERS if str(path.parent) == name), None)


def check_includes(top, complaints):
    graph = {}
    for path in files(top, "*.c", "*.h", folders=CODE_FOLDERS):
        own = path.relative_to(top)
        layer = layer_of(own)
        text = path.read_text(errors="replace")
        graph[str(own)] = []
        if layer is None:
            complaints.add(path, 1, f"{own.parent} is no layer; add it to tests/lint/arrows.py")
            continue
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            target = match.group(1)
            graph[str(own)].append(target)
            if not (top / target).is_file():
                complaints.add(path, line, f'"{target}" is no file of the tree')
                continue
            other = layer_of((top / target).relative_to(top))
            if other not in below(layer):
                complaints.add(path, line, f'{layer} may not use "{target}"')
    return graph


def check_cycles(top, graph, complaints):
    done, trail = set(), []

    def visit(name):
        if name in trail:
            cycle = [*trail[trail.index(name):], name]
            complaints.add(top / name, 1, "includes itself: " + " -> ".join(cycle))
        elif name not in done and name in graph:
            trail.append(name)
            for target in graph[name]:
                visit(target)
            trail.pop()
            done.add(name)

    for name in graph:
        visit(name)


def check_cmake(top, complaints):
    names = {layer.rsplit("/", 1)[-1]: layer for layer in LAYERS}
    for layer, expected in LAYERS.items():
        path = top / layer / "CMakeLists.txt"
        if not path.is_file():
            continue
        text = path.read_text()
        match = LINKS.search(text) if layer == "daemon/app" else USES.search(text)
        words = match.group(match.lastindex).split() if match else []
        used = {names[w] for w in words if w in names}
        if used != set(expected):
            complaints.add(path, 1, f"links {sorted(used)}, but tests/lint/arrows.py says "
                                    f"{sorted(expected)}")


def main():
    top = root()
    complaints = Complaints(top)
    for layer in LAYERS:
        below(layer)
    graph = check_includes(top, complaints)
    check_cycles(top, graph, complaints)
    check_cmake(top, complaints)
    complaints.finish(f"{len(graph)} files, {len(LAYERS)} layers: all arrows point down")


if __name__ == "__main__":
    main()
