"""Exercise on `helpers.pseudowords` (lesson 10): which parameters the labels may move."""

from helpers.exercises import Exercise, Mistake

NAMES = ["model.embedding.weight", "model.from_left.weight_hh_l0", "head.weight", "head.bias"]


def cases():
    names = ["model.overhead.weight", *NAMES]  # a name that only contains "head"
    return [(NAMES, "head only"), (NAMES, "fine-tuned"), (names, "head only"), (names, "head first")]


EXERCISES = {
    "moving": Exercise(
        cases,
        (
            Mistake(
                lambda names, method: list(names),
                "고정한 모델까지 움직입니다. head only에서는 head.으로 시작하는 것만 움직입니다.",
                "the frozen model moves as well: with head only, what begins with head. moves and nothing else.",
            ),
            Mistake(
                lambda names, method: [name for name in names if name.startswith("head.")],
                "미세 조정에서도 머리만 움직입니다. head only가 아니면 모두 움직입니다.",
                "only the head moves, in fine-tuning too: everything moves unless it is head only.",
            ),
            Mistake(
                lambda names, method: [n for n in names if method != "head only" or "embedding" not in n],
                "임베딩만 고정했습니다. 사전학습한 것은 그 위의 층도 포함합니다.",
                "only the embedding is frozen: what was pretrained includes the layers above it.",
            ),
            Mistake(
                lambda names, method: [n for n in names if method != "head only" or "head" in n],
                "이름에 head가 들어 있으면 모두 골랐습니다. overhead도 걸립니다. 앞부분을 비교하세요.",
                "every name with head in it was taken, overhead too: compare the beginning.",
            ),
            Mistake(
                lambda names, method: [n for n in names if method == "fine-tuned" or n.startswith("head.")],
                "head first에서도 끝내 머리만 움직입니다. 머리에서 출발한 다음에는 모두 움직입니다.",
                "with head first only the head ever moves: it starts from the head, and then everything moves.",
            ),
        ),
    )
}
