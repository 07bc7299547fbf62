"""Exercises on `helpers.negatives`: what is compared, and the classic wrong answers with their reasons."""

import math

import torch

from helpers.exercises import Exercise, Mistake, Property


def numbers(*shape, seed):
    """Random vectors, two decimals each, so that a failing case can be worked by hand."""
    generator = torch.Generator().manual_seed(seed)
    return torch.round(torch.randn(*shape, generator=generator, dtype=torch.float64), decimals=2)


def vectors(batch, negative, dim, seed, scale=1.0):
    return (
        numbers(batch, dim, seed=seed) * scale,
        numbers(batch, dim, seed=seed + 1),
        numbers(batch, negative, dim, seed=seed + 2),
    )


def by_hand():
    """One center, one context, two noise words in the plane: the scores are 2, 1 and -1."""
    center = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    context = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    noise = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]], dtype=torch.float64)
    return center, context, noise


def scores(center, context, noise):
    """(batch,) of the contexts and (batch, negative) of the noise words."""
    return (center * context).sum(1), (noise * center[:, None]).sum(2)


# loss(center, context, noise) → scalar tensor


def log_sigmoid(x):
    return torch.nn.functional.logsigmoid(x)


def combined(rule):
    """A wrong loss that is a rule on the two kinds of scores."""
    return lambda center, context, noise: rule(*scores(center, context, noise))


INFINITE = (
    "식은 맞지만 점수가 크면 σ가 0이나 1로 반올림되어 로그가 무한대가 됩니다. logsigmoid를 쓰세요.",
    "the right formula, but for large scores σ rounds to 0 or 1 and its log is infinite: use logsigmoid.",
)

LOSS = Exercise(
    cases=lambda: [
        by_hand(),
        vectors(1, 3, 2, seed=10),
        vectors(4, 2, 3, seed=20),
        vectors(3, 5, 4, seed=30, scale=2000.0),
    ],
    mistakes=(
        Mistake(
            combined(lambda s, n: log_sigmoid(s).sum() + log_sigmoid(-n).sum()),
            "로그 가능도 그대로입니다. 손실은 줄여야 할 값이므로 앞에 마이너스를 붙입니다.",
            "this is the log-likelihood itself: a loss is to be made small, so it carries a minus sign.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum() - log_sigmoid(n).sum()),
            "네거티브의 부호가 틀렸습니다. 잡음 단어에는 σ(−점수)를 씁니다. 지금은 잡음도 이웃으로 대합니다.",
            "wrong sign for the negatives: a noise word enters as σ(−score). This treats noise as neighbors.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(-s).sum() - log_sigmoid(-n).sum()),
            "포지티브의 부호가 틀렸습니다. 진짜 문맥 단어에는 σ(점수)를 그대로 씁니다.",
            "wrong sign for the positive: the true context enters as σ(score).",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(-s).sum() - log_sigmoid(n).sum()),
            "포지티브와 네거티브의 부호가 서로 바뀌었습니다.",
            "the signs of the positive and the negatives are swapped.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum() + log_sigmoid(-n).sum()),
            "네거티브 항을 빼지 않고 더했습니다. 두 항 모두 앞에 마이너스가 붙습니다.",
            "the term of the negatives was added: both terms carry a minus sign.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum() - log_sigmoid(-n).mean(1).sum()),
            "네거티브를 평균 냈습니다. 식에서는 k개를 모두 더합니다.",
            "the negatives were averaged: the formula sums all k of them.",
        ),
        Mistake(
            combined(lambda s, n: (-log_sigmoid(s) - log_sigmoid(-n).sum(1)).mean()),
            "배치에서 평균을 냈습니다. 여기서는 배치 전체를 더합니다.",
            "this is the mean over the batch: asked for is the sum.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).mean() - log_sigmoid(-n).mean()),
            "두 항을 각각 평균 냈습니다. 여기서는 배치와 네거티브를 모두 더합니다.",
            "both terms are means: asked for are sums, over the batch and over the negatives.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum() - log_sigmoid(-n.sum(1)).sum()),
            "점수를 먼저 더하고 시그모이드를 씌웠습니다. 잡음 단어마다 따로 log σ(−점수)를 구해 더하세요.",
            "the scores were summed before the sigmoid: take log σ(−score) of each noise word, then sum.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum()),
            "네거티브의 항이 빠졌습니다.",
            "the term of the negatives is missing.",
        ),
        Mistake(
            combined(lambda s, n: -log_sigmoid(s).sum() - log_sigmoid(-n[:, 0]).sum()),
            "잡음 단어를 하나만 썼습니다. negative개를 모두 더하세요.",
            "only one noise word was used: sum over all of them.",
        ),
        Mistake(
            combined(lambda s, n: (torch.logsumexp(torch.cat([s[:, None], n], 1), 1) - s).sum()),
            "k+1개 가운데 하나를 고르는 소프트맥스 손실입니다. 네거티브 샘플링은 이진 분류 k+1개의 합입니다.",
            "a softmax over k + 1 words: negative sampling is a sum of k + 1 binary classifications.",
        ),
        Mistake(
            combined(lambda s, n: -torch.log(torch.sigmoid(s)).sum() - torch.log(1 - torch.sigmoid(n)).sum()), *INFINITE
        ),
        Mistake(
            combined(lambda s, n: -torch.log(torch.sigmoid(s)).sum() - torch.log(torch.sigmoid(-n)).sum()), *INFINITE
        ),
        Mistake(
            combined(lambda s, n: (1 - torch.sigmoid(s)).sum() + torch.sigmoid(n).sum()),
            "로그가 빠졌습니다. 이것은 틀릴 확률의 합입니다.",
            "the logarithm is missing: this adds up probabilities of being wrong.",
        ),
    ),
    properties=(
        Property(
            lambda value, *case: torch.as_tensor(value).ndim == 0,
            "손실은 수 하나여야 합니다. 배치까지 모두 더하세요.",
            "a loss is a single number: sum over the batch as well.",
        ),
        Property(
            lambda value, *case: float(value) >= 0,
            "확률의 로그에 마이너스를 붙인 값이므로 음수가 될 수 없습니다.",
            "it is minus the log of probabilities, so it cannot be negative.",
        ),
    ),
)


# gradients(center, context, noise) → (to_center, to_context, to_noise)


def errors(center, context, noise):
    """σ − label: (batch, 1) for contexts, (batch, negative, 1) for noise words."""
    s, n = scores(center, context, noise)
    return torch.sigmoid(s)[:, None] - 1, torch.sigmoid(n)[:, :, None]


def spread(center, context, noise, positive, negative):
    to_center = positive * context + (negative * noise).sum(1)
    return to_center, positive * center, negative * center[:, None]


def with_errors(rule):
    """A wrong gradient that comes from wrong errors."""
    return lambda *case: spread(*case, *rule(*errors(*case)))


def slopes(center, context, noise):
    """The derivative of the sigmoid put in the place of the error."""
    positive, negative = errors(center, context, noise)
    return spread(center, context, noise, positive * (1 + positive), negative * (1 - negative))


GRADIENTS = Exercise(
    cases=lambda: [by_hand(), vectors(1, 3, 2, seed=40), vectors(4, 2, 3, seed=50), vectors(3, 5, 4, seed=60)],
    mistakes=(
        Mistake(
            with_errors(lambda p, n: (-p, -n)),
            "부호가 반대입니다. 이것은 손실이 줄어드는 방향(레이블 − σ)이고, 기울기는 σ − 레이블입니다.",
            "the opposite sign: this points downhill (label − σ); the gradient is σ − label.",
        ),
        Mistake(
            with_errors(lambda p, n: (p + 1, n)),
            "진짜 문맥 단어의 오차에서 레이블 1을 빼지 않았습니다. σ − 1입니다.",
            "the label 1 of the true context was not subtracted: its error is σ − 1.",
        ),
        Mistake(
            with_errors(lambda p, n: (p, n - 1)),
            "잡음 단어의 레이블은 0이므로 오차는 σ입니다. 1을 빼지 마세요.",
            "a noise word has the label 0, so its error is σ: do not subtract 1.",
        ),
        Mistake(
            with_errors(lambda p, n: (p, -n)),
            "네거티브의 부호가 틀렸습니다. −log σ(−점수)의 미분은 +σ(점수)입니다.",
            "wrong sign for the negatives: the derivative of −log σ(−score) is +σ(score).",
        ),
        Mistake(
            slopes,
            "로그를 잊고 시그모이드의 미분 σ(1 − σ)를 썼습니다. log σ를 미분하면 1 − σ만 남습니다.",
            "this is the derivative of the sigmoid, σ(1 − σ): with the logarithm only 1 − σ remains.",
        ),
        Mistake(
            lambda *case: (errors(*case)[0] * case[1], *spread(*case, *errors(*case))[1:]),
            "중심 단어의 기울기에 잡음 단어의 몫이 빠졌습니다. 이웃과 잡음 모두에서 옵니다.",
            "the gradient of the center lacks the noise words: it comes from the neighbor and from the noise.",
        ),
        Mistake(
            lambda *case: (
                errors(*case)[0] * case[1] + (errors(*case)[1] * case[2]).mean(1),
                *spread(*case, *errors(*case))[1:],
            ),
            "중심 단어의 기울기에서 잡음 단어를 평균 냈습니다. 손실이 합이므로 기울기도 합입니다.",
            "the noise words were averaged in the gradient of the center: the loss is a sum, and so is its gradient.",
        ),
        Mistake(
            lambda *case: (*spread(*case, *errors(*case))[:2], spread(*case, *errors(*case))[2].sum(1)),
            "잡음 단어의 기울기를 더해 버렸습니다. 잡음 단어마다 자기 행이 따로 있습니다.",
            "the gradients of the noise words were added up: each noise word has a row of its own.",
        ),
        Mistake(
            lambda *case: (lambda c, o, n: (o, c, n))(*spread(*case, *errors(*case))),
            "중심 단어와 문맥 단어의 기울기가 서로 바뀌었습니다.",
            "the gradients of center and context are swapped.",
        ),
        Mistake(
            lambda *case: tuple(g / len(case[0]) for g in spread(*case, *errors(*case))),
            "배치의 크기로 나누었습니다. 손실이 배치의 합이므로 나누지 않습니다.",
            "divided by the size of the batch: the loss is a sum over it.",
        ),
    ),
    properties=(
        Property(
            lambda value, *case: len(value) == 3,
            "기울기 세 개 (중심, 문맥, 잡음)을 돌려주세요.",
            "return three gradients: of the center, the context and the noise.",
        ),
        Property(
            lambda value, *case: all(tuple(g.shape) == tuple(v.shape) for g, v in zip(value, case)),
            "기울기는 저마다 자기 벡터와 모양이 같아야 합니다.",
            "each gradient must have the shape of its own vectors.",
        ),
    ),
)


# step(inputs, outputs, centers, contexts, noise, alpha) → (inputs, outputs)


def rows(*ids):
    return torch.tensor(ids, dtype=torch.int64)


def looked_up(inputs, outputs, centers, contexts, noise):
    case = inputs[centers], outputs[contexts], outputs[noise]
    return spread(*case, *errors(*case))


def added(table, ids, change):
    return table.index_add(0, ids.reshape(-1), change.reshape(-1, table.shape[1]))


def lost(table, ids, change):
    """What `table[ids] += change` does: of a row that is named twice, the last change wins."""
    result = table.clone()
    change = change.reshape(-1, table.shape[1])
    for place, row in enumerate(ids.reshape(-1).tolist()):
        result[row] = table[row] + change[place]
    return result


def stepped(to_inputs=added, to_contexts=added, to_noise=added, sign=-1.0, rate=lambda alpha, batch: alpha):
    """A step put together from a way of writing into each of the three kinds of rows."""

    def step(inputs, outputs, centers, contexts, noise, alpha):
        factor = sign * rate(alpha, len(centers))
        to_center, to_context, to_negative = (factor * g for g in looked_up(inputs, outputs, centers, contexts, noise))
        outputs = to_noise(to_contexts(outputs, contexts, to_context), noise, to_negative)
        return to_inputs(inputs, centers, to_center), outputs

    return step


def not_at_all(table, ids, change):
    return table


def one_after_another(inputs, outputs, centers, contexts, noise, alpha):
    inputs = added(inputs, centers, -alpha * looked_up(inputs, outputs, centers, contexts, noise)[0])
    _, to_context, to_noise = looked_up(inputs, outputs, centers, contexts, noise)
    return inputs, added(added(outputs, contexts, -alpha * to_context), noise, -alpha * to_noise)


def outputs_first(inputs, outputs, centers, contexts, noise, alpha):
    _, to_context, to_noise = looked_up(inputs, outputs, centers, contexts, noise)
    outputs = added(added(outputs, contexts, -alpha * to_context), noise, -alpha * to_noise)
    return added(inputs, centers, -alpha * looked_up(inputs, outputs, centers, contexts, noise)[0]), outputs


LOST = (
    "되풀이된 행의 기울기가 사라졌습니다. W[idx] += g는 같은 행에 마지막 값 하나만 남깁니다. index_add_를 쓰세요.",
    "gradients of repeated rows are lost: W[idx] += g keeps only the last one for each row. Use index_add_.",
)

STEP = Exercise(
    cases=lambda: [
        (numbers(3, 2, seed=70), numbers(3, 2, seed=71), rows(0), rows(1), rows(2)[None], 0.5),
        (numbers(3, 2, seed=72), numbers(3, 2, seed=73), rows(0), rows(1), rows(2, 2)[None], 0.5),
        (numbers(4, 2, seed=74), numbers(4, 2, seed=75), rows(0, 0), rows(1, 2), rows(3, 2)[:, None], 0.1),
        (
            numbers(4, 3, seed=76),
            numbers(4, 3, seed=77),
            rows(0, 1, 2),
            rows(1, 1, 0),
            rows(3, 2, 3, 0, 2, 1).view(3, 2),
            0.1,
        ),
    ],
    mistakes=(
        Mistake(stepped(lost, lost, lost), *LOST),
        Mistake(stepped(to_noise=lost), *LOST),
        Mistake(stepped(to_inputs=lost), *LOST),
        Mistake(stepped(to_contexts=lost, to_noise=lost), *LOST),
        Mistake(stepped(to_contexts=lost), *LOST),
        Mistake(stepped(to_inputs=lost, to_noise=lost), *LOST),
        Mistake(stepped(to_inputs=lost, to_contexts=lost), *LOST),
        Mistake(
            stepped(sign=1.0),
            "기울기의 방향으로 올라갔습니다. 손실을 줄이려면 빼야 합니다(alpha=-alpha).",
            "this climbs the gradient: to make the loss smaller, subtract it (alpha=-alpha).",
        ),
        Mistake(
            stepped(rate=lambda alpha, batch: 1.0),
            "학습률 alpha를 곱하지 않았습니다.",
            "the learning rate alpha is missing.",
        ),
        Mistake(
            stepped(rate=lambda alpha, batch: alpha / batch),
            "배치의 크기로 나누었습니다. 손실이 배치의 합이므로 나누지 않습니다.",
            "divided by the size of the batch: the loss is a sum over it.",
        ),
        Mistake(
            one_after_another,
            "입력 벡터를 먼저 바꾸고, 바뀐 벡터로 출력 벡터의 기울기를 구했습니다. 세 기울기를 먼저 모두 구하세요.",
            "the inputs changed first, and the outputs' gradients came from the changed ones: compute all three first.",
        ),
        Mistake(
            outputs_first,
            "출력 벡터를 먼저 바꾸고, 바뀐 벡터로 입력 벡터의 기울기를 구했습니다. 세 기울기를 먼저 모두 구하세요.",
            "the outputs changed first, and the inputs' gradient came from the changed ones: compute all three first.",
        ),
        Mistake(
            stepped(to_noise=not_at_all),
            "잡음 단어의 출력 벡터가 그대로입니다. 잡음 단어의 행도 밀어내야 합니다.",
            "the output vectors of the noise words did not move: they have gradients too.",
        ),
        Mistake(
            stepped(to_inputs=not_at_all),
            "중심 단어의 입력 벡터가 그대로입니다.",
            "the input vectors of the centers did not move.",
        ),
    ),
    properties=(
        Property(
            lambda value, *case: len(value) == 2 and all(tuple(v.shape) == tuple(t.shape) for v, t in zip(value, case)),
            "바뀐 두 표 (inputs, outputs)를 돌려주세요.",
            "return the two changed tables, (inputs, outputs).",
        ),
    ),
)

# constant_loss(negative) → float


def cross_entropy(k, p):
    """Loss of one "yes" and k "no" when every answer is p."""
    return -math.log(p) - k * math.log(1 - p)


CONSTANT_LOSS = Exercise(
    cases=lambda: [(1,), (5,), (20,), (0,)],
    mistakes=(
        Mistake(
            lambda k: cross_entropy(k, 0.5),
            "언제나 2분의 1이라고 답할 때의 손실, 곧 학습을 시작할 때의 손실입니다. 더 나은 상수가 있습니다.",
            "this is the loss of always answering one half, where training begins. There is a better constant.",
        ),
        Mistake(
            lambda k: math.log(1 + k),
            "포지티브의 손실만 셌습니다. 네거티브 k개의 손실도 더하세요.",
            "only the loss of the positive is there; add that of the k negatives.",
        ),
        Mistake(
            lambda k: cross_entropy(k, 1 / (1 + k)) / (1 + k) if k else 0.0,
            "물음 하나의 평균입니다. 포지티브 하나에 딸린 물음 1 + k개를 모두 더하세요.",
            "this is the mean per question; add up all 1 + k questions that go with one positive.",
        ),
        Mistake(
            lambda k: cross_entropy(k, 1 / k) if k > 1 else cross_entropy(k, 0.5),
            "답이 1/k입니다. 물음은 모두 1 + k개이고 그 가운데 하나가 예입니다.",
            "the answer taken is 1/k, but there are 1 + k questions, one of which is a yes.",
        ),
    ),
)


EXERCISES = {"loss": LOSS, "gradients": GRADIENTS, "step": STEP, "constant_loss": CONSTANT_LOSS}
