"""Ten answers as students give them, to be written in any style; and statements in words of our own."""

from __future__ import annotations

STATEMENTS = (
    "In self-attention one computes a key, a value and a query for every token.",
    "The attention weight is the cosine similarity between the key and the query.",
    "After that, the attention matrix has to be normalized by layer norm or batch norm.",
    "The encoder of the Transformer is trained in an auto-regressive way.",
    "Both BERT and GPT are decoders of the Transformer.",
    "BERT is pre-trained with masked language modelling and next sentence prediction.",
    "GPT and BERT are zero-shot learners that transfer to unseen domains and tasks.",
    "Clipping of gradients helps with the vanishing gradient problem.",
    "A word embedding can hold positive as well as negative values.",
    "The memory of an LSTM is a weighted average of old and new memory with weights that sum up to one.",
)
SAID = (True, False, False, False, False, True, False, False, True, False)
REASONS = (
    "all three are linear projections of the same input with learned matrices.",
    "it is a scaled dot product followed by a softmax, without division by the norms.",
    "softmax already makes every row sum to one.",
    "it sees the whole sentence at once, only the decoder masks what comes later.",
    "BERT is built from the encoder and GPT from the decoder.",
    "these are the two tasks of the original paper, with 15% of the words masked.",
    "BERT needs fine-tuning with a head for each task.",
    "it shrinks large gradients only and so helps against explosion.",
    "the entries are unconstrained real numbers that are learned.",
    "forget and input gate are separate sigmoids, so they need not sum to one.",
)
EXPECTED = tuple("true" if said else "false" for said in SAID)
