"""One small fault for each check: code that follows the reference, by the check that must notice it."""

from __future__ import annotations

from textwrap import indent

CLASS = {"gru": "class GRU(OwnGRU):\n", "attention": "class MultiHeadedAttention(OwnAttention):\n"}


def method(kind: str, text: str) -> str:
    """A subclass of the reference's class with this body."""
    return CLASS[kind] + indent(text, "    ")


def init(text: str, arguments: str = "e, h, t, b, v, n, k") -> str:
    return method("gru", f"def __init__(self, e, h, t, b, v, n, k):\n    super().__init__({arguments})\n    {text}")


def redraw(text: str) -> str:
    """What init_weights_uniform does besides what it should."""
    return method("gru", f"def init_weights_uniform(self):\n    super().init_weights_uniform()\n    {text}")


def forward(text: str) -> str:
    return method("gru", f"def forward(self, inputs, hidden):\n    {text}")


def step(text: str) -> str:
    """The forward pass written out: `h` is the new state of a layer, `x` what goes up."""
    return forward(
        "states, tops = list(hidden), []\n"
        "    for x in self.dropout(self.embedding(inputs)):\n"
        "        for layer, cell in enumerate(self.layers):\n"
        f"            {text}\n"
        "            states[layer] = h\n"
        "        tops.append(x)\n"
        "    return self.output(torch.stack(tops)), torch.stack(states)"
    )


def generate(text: str) -> str:
    return method("gru", f"def generate(self, input, hidden, generated_seq_len):\n    {text}")


def attend(text: str) -> str:
    return method("attention", f"def forward(self, query, key, value, mask=None):\n    {text}")


def inner(text: str) -> str:
    return method("attention", f"def attention(self, query, key, value, mask=None, dropout=None):\n    {text}")


def weights(scores: str, after: str = "weights") -> str:
    return inner(
        f"scores = {scores}\n    scores = scores if mask is None else scores.masked_fill(mask == 0, -1e9)\n"
        f"    weights = scores.softmax(-1)\n    weights = {after}\n"
        "    weights = weights if dropout is None else dropout(weights)\n    return weights @ value, weights"
    )


SOFT = """
def soft(x):
    return 0.5 * (1 + (x / 2) / (1 + (x / 2).abs()))

def call(cell, x, h):
    both = torch.cat([x, h], -1)
    r, z = soft(cell.reset(both)), soft(cell.update(both))
    return (1 - z) * h + z * torch.tanh(cell.candidate(torch.cat([x, r * h], -1)))

"""
SCORES = "query @ key.transpose(-2, -1) / self.d_k**0.5"
OWN = "super().forward(query, key, value, mask)"
DROPPED = "super().forward(inputs, hidden)"
TWO_PASSES = "out = super().generate(input, hidden, generated_seq_len)\n    return "

FAULTS: dict[tuple[str, str], str] = {
    ("gru.init", "builds"): init("raise RuntimeError"),
    ("gru.init", "order_of_arguments"): method(
        "gru",
        "def __init__(self, vocab_size, emb_size, hidden_size, seq_len, batch_size, num_layers, dp_keep_prob):\n"
        "    super().__init__(emb_size, hidden_size, seq_len, batch_size, vocab_size, num_layers, dp_keep_prob)",
    ),
    ("gru.init", "follows_its_sizes"): init("pass", "3, 5, t, b, 13, 2, k"),
    ("gru.init", "parameter_count"): init("self.more = nn.Linear(h, h)"),
    ("gru.init", "emb_size"): init("pass", "7, h, t, b, v, n, k"),
    ("gru.init", "hidden_size"): init("self.layers[0].reset = nn.Linear(3 + h, 40)"),
    ("gru.init", "vocab_size"): init("pass", "e, h, t, b, 13, n, k"),
    ("gru.init", "num_layers"): init("self.layers = nn.ModuleList([self.layers[-1]] * n)"),
    ("gru.init", "init_hidden"): method("gru", "def init_hidden(self):\n    return super().init_hidden() + 1"),
    ("gru.init", "embedding_range"): redraw("self.embedding.reset_parameters()"),
    ("gru.init", "output_range"): redraw("nn.init.ones_(self.output.bias)"),
    ("gru.init", "gates_range"): redraw("nn.init.normal_(self.layers[0].reset.weight)"),
    ("gru.init", "constructor_draws"): init("self.embedding.reset_parameters()"),
    ("gru.init", "all_trainable"): init("self.output.bias.requires_grad = False"),
    ("gru.forward", "answers"): forward(f"return {DROPPED}[0]"),
    ("gru.forward", "recurrence_lives"): forward(
        "mean = self.embedding(inputs).mean(0, keepdim=True).expand(len(inputs), -1, -1)\n"
        "    return self.output(mean), hidden"
    ),
    ("gru.forward", "shapes"): forward(f"logits, hidden = {DROPPED}\n    return logits.flatten(0, 1), hidden"),
    ("gru.forward", "two_values"): forward(f"return (*{DROPPED}, None)"),
    ("gru.forward", "one_step_at_a_time"): forward("return super().forward(inputs.flip(0), hidden)"),
    ("gru.forward", "equations"): step("h = 0.9 * cell(x, states[layer]); x = self.dropout(h)"),
    ("gru.forward", "logits_of_top_layer"): forward(
        f"logits, hidden = {DROPPED}\n    return logits.softmax(-1), hidden"
    ),
    ("gru.forward", "between_old_and_candidate"): step(
        "h = cell(x, states[layer]) + 0.5 * states[layer]; x = self.dropout(h)"
    ),
    ("gru.forward", "update_gate"): SOFT + step("h = call(cell, x, states[layer]); x = self.dropout(h)"),
    ("gru.forward", "two_halves"): forward(f"logits, new = {DROPPED}\n    return logits, hidden"),
    ("gru.forward", "state_of_each_layer"): forward(f"logits, new = {DROPPED}\n    return logits, new.flip(0)"),
    ("gru.forward", "rows_apart"): forward(
        "return super().forward(inputs, hidden.mean(1, keepdim=True).expand_as(hidden))"
    ),
    ("gru.forward", "nothing_remembered"): forward(
        "old = getattr(self, 'kept', 0 * hidden).detach()\n"
        "    logits, self.kept = super().forward(inputs, hidden + old)\n    return logits, self.kept"
    ),
    ("gru.forward", "other_lengths"): forward(
        "assert len(inputs) == self.seq_len\n    return super().forward(inputs, hidden)"
    ),
    ("gru.forward", "realistic_sizes"): forward("assert len(inputs) < 35\n    return super().forward(inputs, hidden)"),
    ("gru.forward", "long_sequences"): forward(
        f"logits, new = {DROPPED}\n    return (logits, new) if len(inputs) < 20 else (0 * logits, 0 * new)"
    ),
    ("gru.forward", "eval_is_deterministic"): forward("self.train()\n    return super().forward(inputs, hidden)"),
    ("gru.forward", "dropout_varies"): forward("self.eval()\n    return super().forward(inputs, hidden)"),
    ("gru.forward", "dropout_of_embedding"): step("h = cell(x, states[layer]); x = self.dropout(h)").replace(
        "self.dropout(self.embedding(inputs))", "self.embedding(inputs)"
    ),
    ("gru.forward", "dropout_between_layers"): step(
        "h = cell(x, states[layer]); x = self.dropout(h) if layer == len(self.layers) - 1 else h"
    ),
    ("gru.forward", "dropout_before_output"): step(
        "h = cell(x, states[layer]); x = h if layer == len(self.layers) - 1 else self.dropout(h)"
    ),
    ("gru.forward", "no_dropout_in_time"): step("h = self.dropout(cell(x, states[layer])); x = self.dropout(h)"),
    ("gru.forward", "gradients"): step("h = cell(x.detach(), states[layer]); x = self.dropout(h)"),
    ("gru.forward", "gradients_through_time"): step("h = cell(x, states[layer].detach()); x = self.dropout(h)"),
    ("gru.generate", "answers"): generate(TWO_PASSES + "out + 0.5"),
    ("gru.generate", "text_lives"): generate(
        "first = super().generate(input, hidden, 1)\n    return first.expand(generated_seq_len, -1)"
    ),
    ("gru.generate", "any_length"): generate("return super().generate(input, hidden, self.seq_len)"),
    ("gru.generate", "first_row_is_predicted"): generate(TWO_PASSES + "torch.cat([input[None], out[:-1]])"),
    ("gru.generate", "feeds_back"): generate(TWO_PASSES + "out[:1].expand(generated_seq_len, -1)"),
    ("gru.generate", "prefix"): generate(TWO_PASSES + "out.flip(0)"),
    ("gru.generate", "law"): generate(TWO_PASSES + "torch.randint_like(out, self.output.out_features)"),
    ("gru.generate", "feeds_back_what_it_returns"): generate(
        "out = []\n    for _ in range(generated_seq_len):\n        logits, hidden = self(input[None], hidden)\n"
        "        out.append(torch.multinomial(logits[0].softmax(-1), 1)[:, 0])\n"
        "        input = logits[0].argmax(-1)\n    return torch.stack(out)"
    ),
    ("gru.generate", "mode_kept"): generate(TWO_PASSES + "(out, self.train())[0]"),
    ("attention.forward", "shape"): attend("return torch.zeros_like(query)"),
    ("attention.forward", "attention_lives"): attend(
        "mean = self.project_value(value).mean(1, keepdim=True).expand_as(query)\n    return self.project_output(mean)"
    ),
    ("attention.forward", "one_value"): attend(f"return {OWN}, None"),
    ("attention.forward", "parameter_count"): method(
        "attention",
        "def __init__(self, n, d, dropout=0.1):\n    super().__init__(n, d, dropout)\n    self.more = nn.Linear(d, d)",
    ),
    ("attention.forward", "self_attention"): weights(SCORES, "weights * 0.9"),
    ("attention.forward", "cross_attention"): attend("return super().forward(key, query, value, mask)"),
    ("attention.forward", "scale"): weights("query @ key.transpose(-2, -1) / self.d_k"),
    ("attention.forward", "linear_in_value"): attend("return super().forward(query, key, value.relu(), mask)"),
    ("attention.forward", "weights_sum_to_one"): weights(SCORES, "scores.sigmoid()"),
    ("attention.forward", "query_and_key_count"): attend("return super().forward(value, key, value, mask)"),
    ("attention.forward", "order_of_positions"): attend(f"return {OWN}.flip(1)"),
    ("attention.forward", "rows_apart"): attend(f"return {OWN}.flip(0)"),
    ("attention.forward", "heads_differ"): method(
        "attention", "def __init__(self, n, d, dropout=0.1):\n    super().__init__(1, d, dropout)"
    ),
    ("attention.forward", "nothing_remembered"): attend(
        f"self.kept = {OWN} + 0.1 * getattr(self, 'kept', torch.tensor(0.0))\n    return self.kept"
    ),
    ("attention.forward", "other_key_length"): attend(
        f"out = {OWN}\n    return out if key.shape == query.shape else 2 * out"
    ),
    ("attention.forward", "dropout_only_in_training"): attend(f"self.train()\n    return {OWN}"),
    ("attention.forward", "dropout_on_weights"): attend(f"return self.dropout({OWN})"),
    ("attention.forward", "gradients"): weights(SCORES, "weights.detach()"),
    ("attention.forward", "mask"): attend(
        "return super().forward(query, key, value, None if mask is None else mask.transpose(1, 2))"
    ),
    ("attention.forward", "masked_keys_do_not_count"): attend("return super().forward(query, key, value)"),
    ("attention.forward", "causal_mask"): attend("return super().forward(query, key, value)"),
    ("attention.forward", "masked_weights_sum_to_one"): weights(
        SCORES, "weights if mask is None else (query @ key.transpose(-2, -1)).softmax(-1) * mask.float()"
    ),
    ("attention.forward", "other_kinds_of_mask"): attend(
        "assert mask is None or mask.dtype == torch.bool\n    " + f"return {OWN}"
    ),
    ("attention.forward", "no_mask"): attend("assert mask is not None\n    " + f"return {OWN}"),
    ("attention.forward", "query_that_sees_nothing"): attend(
        f"out = {OWN}\n    return out if mask is None or (mask != 0).any(-1).all() else 2 * out"
    ),
    ("attention.forward", "inputs_untouched"): attend(f"out = {OWN}\n    query.zero_()\n    return out"),
    ("gru.forward", "own_recurrence"): init("self.cell = nn.GRUCell(h, h)")
    + indent(f"\ndef forward(self, inputs, hidden):\n    self.cell(hidden[0])\n    return {DROPPED}\n", "    "),
    ("attention.forward", "own_attention"): inner(
        "scores = nn.functional.scaled_dot_product_attention(query, key, value, None if mask is None else mask != 0)\n"
        "    return scores, None"
    ),
    ("attention.forward", "mask_with_head_axis"): attend(
        "mask = mask if mask is None or mask.dim() == 3 else mask[:, 0].transpose(1, 2)\n    " + f"return {OWN}"
    ),
    ("attention.forward", "inner_attention"): inner(
        "result, weights = super().attention(query, key, value, mask, dropout)\n"
        "    return result, weights.transpose(2, 3)"
    ),
    ("attention.forward", "inner_dropout"): inner("return super().attention(query, key, value, mask)")
    + indent(
        "\ndef forward(self, query, key, value, mask=None):\n"
        "    heads = [project(x).unflatten(-1, (self.n_heads, self.d_k)).transpose(1, 2) for project, x in\n"
        "             zip((self.project_query, self.project_key, self.project_value), (query, key, value))]\n"
        "    _, weights = self.attention(*heads, None if mask is None else mask.unsqueeze(1), self.dropout)\n"
        "    return self.project_output((self.dropout(weights) @ heads[2]).transpose(1, 2).flatten(-2))",
        "    ",
    ),
}
