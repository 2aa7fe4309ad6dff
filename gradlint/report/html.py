"""One self-contained HTML page, or a fragment of it for a notebook; no script, nothing fetched."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING

from gradlint.report._excerpt import source_lines
from gradlint.report._lines import clean
from gradlint.report._words import (
    assumed,
    error_size,
    loss_line,
    notes,
    overall,
    place,
    summary_line,
    verdict_line,
)
from gradlint.report.pages import every_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, ParameterVerdict, Report, Site

_CONTEXT = 1  # source rows shown above and below a span

_STYLE = """
.gradlint { color-scheme: light dark; --ink: #1c2128; --soft: #59636e; --line: #d1d9e0;
  --paper: #fff; --code: #f6f8fa; --error: #b3261e; --warning: #8a5a00; --note: #0b5cad;
  --right: #1a7f37; color: var(--ink); background: var(--paper); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  max-width: 60rem; margin: 0 auto; padding: 1rem; box-sizing: border-box }
@media (prefers-color-scheme: dark) { .gradlint { --ink: #e6edf3; --soft: #9198a1;
  --line: #3d444d; --paper: #0d1117; --code: #151b23; --error: #ff8178; --warning: #e3b341;
  --note: #6cb6ff; --right: #56d364 } }
.gradlint code, .gradlint pre { font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas,
  "DejaVu Sans Mono", monospace }
.gradlint code { background: var(--code); border-radius: 4px; padding: .1em .3em }
.gradlint h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere }
.gradlint h3 { font-size: 1rem; margin: 0 }
.gradlint .verdict { margin: 0 0 1rem; color: var(--soft) }
.gradlint .badge { border: 1px solid; border-radius: 1em; padding: 0 .6em; font-size: .8rem;
  font-weight: 600; white-space: nowrap }
.gradlint article { border: 1px solid var(--line); border-left: 4px solid var(--tone);
  border-radius: 6px; padding: .75rem 1rem; margin: 0 0 1rem }
.gradlint article.error { --tone: var(--error) }
.gradlint article.warning { --tone: var(--warning) }
.gradlint article.note { --tone: var(--note) }
.gradlint .code { color: var(--tone) }
.gradlint .place { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere }
.gradlint pre { background: var(--code); color: inherit; border-radius: 6px; margin: .6rem 0;
  padding: .5rem .75rem; overflow-x: auto }
.gradlint pre i { color: var(--soft); font-style: normal; user-select: none }
.gradlint mark { background: none; color: inherit; text-decoration: underline wavy var(--tone);
  text-underline-offset: 3px; font-weight: 600 }
.gradlint u { text-decoration: underline dashed var(--note); text-underline-offset: 3px }
.gradlint small { color: var(--note); font-family: system-ui, sans-serif; font-size: .8rem }
.gradlint dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem;
  margin: .5rem 0 0 }
.gradlint dt { color: var(--soft) }
.gradlint dd { margin: 0; overflow-wrap: anywhere }
.gradlint .scroll { overflow-x: auto }
.gradlint table { border-collapse: collapse; font-size: .9rem; margin: 0 }
.gradlint th, .gradlint td { text-align: left; padding: .25rem .9rem .25rem 0;
  border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums }
.gradlint th { color: var(--soft); font-weight: 600 }
.gradlint .is-right { color: var(--right) }
.gradlint .is-wrong { color: var(--error) }
.gradlint .is-unknown { color: var(--warning) }
"""


def render(reports: Sequence[Report]) -> str:
    """Render a whole page, light or dark as the reader's system is."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>gradlint</title>\n<style>:root { color-scheme: light dark }\n"
        "body { margin: 0 }\n@media (prefers-color-scheme: dark) { body { background: #0d1117 } }"
        f"</style>\n</head>\n<body>\n{fragment(reports)}</body>\n</html>\n"
    )


def fragment(reports: Sequence[Report]) -> str:
    """Render a ``<div>`` with its own style sheet, for a notebook or another page."""
    parts = [f'<div class="gradlint">\n<style>{_STYLE}</style>\n']
    if len(reports) > 1:
        parts.append(f"<p><strong>{_text(summary_line(reports))}</strong></p>\n")
    parts += [_file(report) for report in reports]
    return "".join([*parts, "</div>\n"])


def _file(report: Report) -> str:
    outcome = overall(report)
    badge = f'<span class="badge is-{_tone(outcome)}">{_text(outcome)}</span>'
    said = verdict_line(report).removeprefix(f"{clean(report.filename)}: ")
    loss = loss_line(report)
    taken = "".join(f"<li>{_prose(text)}</li>\n" for text in assumed(report))
    lines = [
        f"<section>\n<h2>{_text(report.filename)} {badge}</h2>\n",
        f'<p class="verdict">{_text(said)}{"<br>" + _prose(loss) if loss else ""}</p>\n',
        *(_finding(finding, report) for finding in report.findings),
        _table(report.parameters) if report.parameters else "",
        f"<ul>\n{taken}</ul>\n" if taken else "",
        "</section>\n",
    ]
    return "".join(lines)


def _finding(finding: Finding, report: Report) -> str:
    rows = "".join(
        f"<dt>{head.capitalize()}</dt><dd>{_prose(text)}</dd>\n" for head, text in notes(finding)
    )
    page = every_page().get(finding.code)
    told = f' title="{_text(page.summary)}"' if page else ""
    return (
        f'<article class="{finding.severity}">\n'
        f'<h3><span class="code"{told}>{finding.code}</span> {_prose(finding.message)}</h3>\n'
        f'<div class="place">{_text(finding.name)} · {finding.severity} · '
        f"{_text(str(finding.site))}</div>\n"
        f"{_excerpt(finding, report)}{f'<dl>{rows}</dl>' if rows else ''}</article>\n"
    )


def _excerpt(finding: Finding, report: Report) -> str:
    site = finding.site
    source = report.source_of(site.filename, site.cell)
    lines = source_lines(source)
    if not source or not 1 <= site.row <= len(lines):
        return ""
    labels = [
        label
        for label in finding.labels
        if (label.site.filename, label.site.cell) == (site.filename, site.cell)
    ]
    rows = set(range(site.row - _CONTEXT, site.end_row + _CONTEXT + 1))
    rows |= {label.site.row for label in labels}
    digits = len(str(max(rows)))
    shown = []
    last = 0
    for row in sorted(rows & set(range(1, len(lines) + 1))):
        if last and row > last + 1:
            shown.append(f"<i>{'⋮':>{digits}}</i>")
        text = lines[row - 1]
        spans = [(*_columns(site, row, text), "mark")]
        spans += [(*_columns(label.site, row, text), "u") for label in labels]
        words = [label.text for label in labels if label.site.row == row and label.text]
        aside = f"  <small>{_text('; '.join(words))}</small>" if words else ""
        shown.append(f"<i>{row:>{digits}}</i>  {_marked(text, spans)}{aside}")
        last = row
    return "<pre>" + "\n".join(shown) + "</pre>\n"


def _columns(site: Site, row: int, text: str) -> tuple[int, int]:
    """Clip a span to one row, as character offsets; empty where it does not touch the row."""
    if not site.row <= row <= site.end_row:
        return 0, 0
    start = site.column - 1 if row == site.row else len(text) - len(text.lstrip())
    end = site.end_column - 1 if row == site.end_row else len(text.rstrip())
    return start, min(end, len(text))


def _marked(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Put tags around spans; where they overlap, pieces carry the tags of all that cover them."""
    spans = [span for span in spans if span[0] < span[1]]
    cuts = sorted({0, len(text), *(cut for start, end, _ in spans for cut in (start, end))})
    parts = []
    for start, end in itertools.pairwise(cuts):
        piece = _text(text[start:end])
        for _, _, tag in (s for s in spans if s[0] <= start and end <= s[1]):
            piece = f"<{tag}>{piece}</{tag}>"
        parts.append(piece)
    return "".join(parts)


def _table(parameters: Sequence[ParameterVerdict]) -> str:
    heads = ["Parameter", "Shape", "Gradient", "Line", "Verdict", "Factor", "Relative error"]
    rows = [f"<tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>\n"]
    for p in parameters:
        verdict = p.verdict.replace("-", " ") + (f": {p.reason}" if p.reason else "")
        told = [
            f"<td><code>{_text(p.name)}</code></td>",
            f"<td>{'×'.join(map(str, p.shape)) or 'scalar'}</td>",
            f"<td>{f'<code>{_text(p.gradient)}</code>' if p.gradient else ''}</td>",
            f"<td>{place(p.row, p.cell)}</td>",
            f'<td class="is-{_tone(p.verdict)}">{_text(verdict)}</td>',
            f"<td>{'' if p.factor is None else f'{p.factor:.6g}'}</td>",
            f"<td>{'' if p.relative_error is None else error_size(p.relative_error)}</td>",
        ]
        rows.append(f"<tr>{''.join(told)}</tr>\n")
    return f'<div class="scroll"><table>\n{"".join(rows)}</table></div>\n'


def _tone(outcome: str) -> str:
    return outcome if outcome in ("right", "wrong") else "unknown"


def _prose(text: str) -> str:
    """Escape a sentence; what stands in backticks becomes code."""
    parts = _text(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick: show them all as they are
        return "`".join(parts)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def _text(text: str) -> str:
    return escape(clean(text.replace("\t", "    ")))
