"""Reads what nikkan logged while a model edited a day, and prints what stood, what did not and why, and what it took.

usage: model-proof.py LOG DIGEST.json
"""

import json
import re
import sys

log = open(sys.argv[1], encoding="utf-8").read()
log = re.sub(r"\x1b\[[0-9;]*m", "", log)
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


def fields(line):
    found = {}
    for name, value in FIELD.findall(line):
        found[name] = value
        if value.startswith('"'):
            try:
                found[name] = json.loads(value)
            except ValueError:
                found[name] = value.strip('"')
    return found


accepted, refused, answers, forms = [], [], [], []
for line in log.splitlines():
    if " nikkan::editor::llm" not in line:
        continue
    if ": accepted " in line:
        accepted.append(fields(line))
    elif ": refused " in line:
        refused.append(fields(line))
    elif ": answered " in line:
        answers.append(fields(line))
    elif "form" in line:
        forms.append(line.split(": ", 1)[1])

for line in forms:
    print("form:", line[:200])
print("accepted:")
for text in accepted:
    print(f"  {text['kind']:8} {text['id']}: {text['text']}")
print("refused (each text is asked for twice):")
for text in refused:
    print(f"  {text['kind']:8} {text['id']}: {text['why']}: {text.get('text', '')[:160]}")
seconds = sum(float(answer["took"]) for answer in answers)
tokens = sum(int(answer["tokens"]) for answer in answers)
edited = json.load(open(sys.argv[2], encoding="utf-8"))
print(
    f"{len(answers)} answers, {len(accepted)} texts accepted, {len(refused)} refusals; {seconds:.0f} s, {tokens} tokens;",
    f"editor of the digest: {edited.get('words', edited).get('editor', '?')}",
)
