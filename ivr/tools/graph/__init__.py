"""`ivr graph`: the policy as a picture (SVG), and as Mermaid text.

What is drawn comes in three layers: `rows` and `wording` say what there is and in which words,
`doors`, `lanes`, `posts` and `lines` put it on the sheet, `svg` and `mermaid` write it down.
"""
