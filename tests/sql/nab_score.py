"""The Numenta Anomaly Benchmark's score of a detector, from the scores that it gave to every row of its files.

Whoever is found inside of a window of anomaly counts once, the earlier the more; what is found outside costs, the farther from the last
window the more; windows that are missed cost. Rows of the first 15 % of a file, at most 750, do not count. The threshold is the one that
is best over all files, as the benchmark has it for every detector.
"""

import json, math
from pathlib import Path

WEIGHTS = {"standard": (1.0, 1.0, 0.11), "low FP": (1.0, 1.0, 0.22), "low FN": (1.0, 2.0, 0.11)}  # true positive, missed, false positive


def sigmoid(position):
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


BEST = sigmoid(-1.0)


def rows_of(scores, times, windows):
    """[(score, window number or None, what it counts)] of the rows that count."""
    probation = min(math.floor(0.15 * len(scores)), 750)
    index = {time: n for n, time in enumerate(times)}
    bounds = [(index[left], index[right]) for left, right in windows]
    out, inside, last = [], 0, None
    for n, score in enumerate(scores):
        while inside < len(bounds) and n > bounds[inside][1]:
            last = bounds[inside]
            inside += 1
        if n < probation:
            continue
        if inside < len(bounds) and n >= bounds[inside][0]:
            left, right = bounds[inside]
            out.append((score, inside, sigmoid(-(right - n + 1) / (right - left + 1)) / BEST))
        else:
            out.append((score, None, -1.0 if last is None else sigmoid((n - last[1]) / (last[1] - last[0]))))
    return out


def final_scores(nab, scores_of):
    """{profile: score}, of a detector that gives `scores_of(path)` for each file of the corpus."""
    nab = Path(nab)
    windows = json.loads((nab / "labels/combined_windows.json").read_text())
    rows, count = [], 0
    for name in sorted(windows):
        lines = (nab / "data" / name).read_text().splitlines()[1:]
        times = [line.split(",")[0] for line in lines]
        labels = [tuple(time.split(".")[0] for time in pair) for pair in windows[name]]
        for score, window, counts in rows_of(scores_of(nab / "data" / name), times, labels):
            rows.append((score, None if window is None else (name, window), counts))
        count += len(labels)
    rows.sort(key=lambda row: -row[0])
    out = {}
    for profile, (hit, missed, wrong) in WEIGHTS.items():
        best, now, credit = -math.inf, -missed * count, {}
        for n, (score, window, counts) in enumerate(rows):
            if window is None:
                now += wrong * counts
            elif counts > credit.get(window, -math.inf):
                now += hit * counts - (hit * credit[window] if window in credit else -missed)
                credit[window] = counts
            if n + 1 == len(rows) or rows[n + 1][0] != score:
                best = max(best, now)
        out[profile] = 100 * (best + missed * count) / (hit * count + missed * count)
    return out
