"""The use cases of warranty, one module for each subject.

`runs` starts, cancels and ends bulk processing, `scheduling` starts it by the clock, `telling` says
how it ended; `running` is what its jobs do (`planning`, `lanes`, `moves` and `settling` are their
parts); `answers` stores what providers said; `manual` is the hand-entered warranty, `services` the
external services, `not_cover` the list of W9, `grouping` keeps a filter as a dynamic group (E13).
"""
