"""Two runs side by side: what each is, which definitions differ, what moved, curves, flow and Table 1.

`runs` reads two runs and tells what they are and how they were set, `numbers` joins what they pasted on chapter and
key, and `drawings` lays their curves over one another and sets their tables beside one another. The chapter that shows
it all is in `page`.
"""
