"""Which characters of a text could control a terminal, end a line, or be invisible: the one place that lists them."""

import re

# C0 and DEL, C1, the two separators that end a line, surrogates, which stand for bytes that are not UTF-8, and all invisible
# characters of Unicode (Default_Ignorable_Code_Point, and interlinear annotation marks), among them those that change the
# direction of text: a name must not look like another one, nor read backwards.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
