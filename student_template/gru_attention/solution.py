# %% [markdown]
# # A GRU language model and multi-head attention
#
# Problem 1 (25 points) is a stacked GRU that predicts the next word, built from linear layers; problem 2 (25 points) is
# the attention module of the Transformer. Problems 3 and 4 (25 points each), experiments and their study, need the two
# and are described in `README.md`.
#
# - The places that are yours say `NotImplementedError`. Keep the names of classes and methods, their arguments and what
#   they return; everything else is your choice.
# - Linear layers, embeddings, dropout, parameters and tensor arithmetic are allowed; torch's own recurrent and
#   attention modules (`nn.GRU`, `nn.GRUCell`, `nn.MultiheadAttention`, …) are not.
# - Hand in `solution.py` or `solution.ipynb`.


# %%
import torch
from torch import nn


# %% [markdown]
# ## Example: the cell of a vanilla RNN
#
# One step of one layer, given as an example. Inputs and states of a step are `[batch, features]`.


# %%
class RNNCell(nn.Module):
    """One step of a vanilla recurrent layer.

        h' = tanh(W x + U h + b)

    Args:
        input_size, hidden_size: features of x and of h, each at least 1.

    Source: Elman (1990), "Finding Structure in Time", Cognitive Science 14(2).
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(input_size + hidden_size, hidden_size)  # W and U side by side

    def forward(self, x: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Return the next state, float [B, hidden_size], from x [B, input_size] and hidden [B, hidden_size]."""
        return torch.tanh(self.linear(torch.cat([x, hidden], dim=-1)))


# %% [markdown]
# # Problem 1: the GRU (25 points)
#
# ## The cell
#
# `[x ; h]` is x and h joined along the last axis, σ the logistic function, ⊙ the product of elements.


# %%
class GRUCell(nn.Module):
    """One step of a gated recurrent layer.

        r  = σ(W_r x + U_r h + b_r)            reset: how much of the old state the candidate sees
        z  = σ(W_z x + U_z h + b_z)            update: how much of the candidate is taken
        ĥ  = tanh(W_h x + U_h (r ⊙ h) + b_h)   candidate
        h' = (1 - z) ⊙ h + z ⊙ ĥ

    Other forms of the same model are z and 1 - z exchanged (Cho et al.; torch) and r ⊙ (U_h h + c) in place of
    U_h (r ⊙ h) (torch). They give other numbers for the same weights.

    Args:
        input_size, hidden_size: features of x and of h, each at least 1.

    Sources: Cho et al. (2014), arXiv:1406.1078; Chung et al. (2014), arXiv:1412.3555, whose z this is.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        # Make one linear map per gate and one for the candidate.
        raise NotImplementedError("Problem 1: GRUCell.__init__")

    def forward(self, x: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Return the next state, float [B, hidden_size], from x [B, input_size] and hidden [B, hidden_size].

        `hidden` itself is not changed.
        """
        # Evaluate the four equations, in their order.
        raise NotImplementedError("Problem 1: GRUCell.forward")


# %% [markdown]
# ## The language model
#
# Embedding, `num_layers` cells on top of each other, and a linear layer from the top state to one score per word.
# Dropout acts on what goes *up* (the embedding's output, and every layer's output on its way to the next layer or to
# the scores), never on a state on its way to the next time step. The argument is the probability to *keep* a value.


# %%
class GRU(nn.Module):
    """Word-level language model: embedding, stacked GRU cells, linear output.

    With d = dropout, E the embedding, h_l,t the state of layer l = 1 … L after step t:

        x_1,t = d(E[token_t]),  x_l+1,t = d(h_l,t)
        h_l,t = GRUCell_l(x_l,t, h_l,t-1)
        logits_t = W d(h_L,t) + b

    Args:
        emb_size, hidden_size: features of a word's embedding and of a state.
        seq_len, batch_size: steps and rows of a training batch. `forward` takes any number of both; `init_hidden` makes
            states of `batch_size` rows.
        vocab_size: V, number of words; tokens are 0 … V - 1.
        num_layers: L, at least 1.
        dp_keep_prob: probability that dropout KEEPS a value, 0 … 1.

    Sources: Zaremba et al. (2014), arXiv:1409.2329, for dropout on the way up; `GRUCell` for the rest.
    """

    cell_type: type[nn.Module] = GRUCell

    def __init__(
        self,
        emb_size: int,
        hidden_size: int,
        seq_len: int,
        batch_size: int,
        vocab_size: int,
        num_layers: int,
        dp_keep_prob: float,
    ) -> None:
        super().__init__()
        # Make the embedding, one cell (`self.cell_type`) of its own for each layer, the output layer and the dropout;
        # then give them their initial values.
        raise NotImplementedError("Problem 1: GRU.__init__")

    def init_weights_uniform(self) -> None:
        """Draw all parameters anew, in place.

        Embedding and output weights are uniform in [-0.1, 0.1], the output bias is 0, and the cells' weights and biases
        are uniform in [-k, k] with k = 1/√hidden_size.
        """
        # Use the functions of `nn.init` on the parameters.
        raise NotImplementedError("Problem 1: GRU.init_weights_uniform")

    def init_hidden(self) -> torch.Tensor:
        """Return the states before the first step: zeros, float [num_layers, batch_size, hidden_size]."""
        raise NotImplementedError("Problem 1: GRU.init_hidden")

    def forward(self, inputs: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Score the next word after every step.

        Args:
            inputs: tokens, int64 [T, B], time first.
            hidden: states before the first step, float [num_layers, B, hidden_size]; not changed.

        Returns:
            logits: float [T, B, V], scores of the word after each token, before any softmax.
            hidden: float [num_layers, B, hidden_size], states after the last step.
        """
        # For each step, send its tokens' embeddings up through the layers, each with its own state; collect the scores.
        raise NotImplementedError("Problem 1: GRU.forward")

    def generate(self, input: torch.Tensor, hidden: torch.Tensor, generated_seq_len: int) -> torch.Tensor:
        """Continue from one token per row, each time with the likeliest next word, which is then fed back.

        Call it in eval mode, without dropout; then a shorter text is the beginning of a longer one.

        Args:
            input: tokens, int64 [B].
            hidden: states before `input` is read, float [num_layers, B, hidden_size]; not changed.
            generated_seq_len: n, number of tokens to predict.

        Returns:
            tokens, int64 [n, B]; the first row is the first predicted one, not `input`.
        """
        # One step of `forward` at a time; the argmax of its scores is the next step's input.
        raise NotImplementedError("Problem 1: GRU.generate")


# %% [markdown]
# With another cell, the same model is a vanilla RNN. Problem 3 compares the two; nothing is to be written here.


# %%
class RNN(GRU):
    """The language model with vanilla cells; arguments and methods are those of `GRU`.

    Sources: Mikolov et al. (2010), "Recurrent neural network based language model", Interspeech; `RNNCell`.
    """

    cell_type = RNNCell


# %% [markdown]
# # Problem 2: multi-head attention (25 points)
#
# Note that here the batch is the *first* axis, and that the argument is the probability to *drop* a value.


# %%
class MultiHeadedAttention(nn.Module):
    """Scaled dot-product attention in n heads of d_k = d/n features each.

        Q = query W_Q + b_Q,  K = key W_K + b_K,  V = value W_V + b_V     [B, T, d], seen as [B, n, T, d_k]
        S = Q Kᵀ / √d_k,  and -1e9 where the mask is 0                    [B, n, T, T]
        A = dropout(softmax(S)), the softmax over the last axis           [B, n, T, T]
        out = concat(A V) W_O + b_O, the heads side by side               [B, T, d]

    Head i holds the features i d_k … (i + 1) d_k - 1 of Q, K and V.

    Args:
        n_heads: n, at least 1.
        n_units: d, a multiple of n.
        dropout: probability that dropout DROPS an attention weight, 0 … 1.

    Raises:
        ValueError: when n_heads does not divide n_units.

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.
    """

    def __init__(self, n_heads: int, n_units: int, dropout: float = 0.1) -> None:
        super().__init__()
        # Make the four linear maps of the whole width, and the dropout.
        raise NotImplementedError("Problem 2: MultiHeadedAttention.__init__")

    def attention(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: "torch.Tensor | None" = None,
        dropout: "nn.Module | None" = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend within each head.

        Args:
            query, key, value: projected and split, float [B, n, T, d_k].
            mask: [B, 1, T, T] or what broadcasts to it, bool, byte or float; query i may see key j where it isn't 0.
            dropout: acts on the attention weights when given.

        Returns:
            A V, float [B, n, T, d_k], and the weights A, float [B, n, T, T].
        """
        # Compare, mask, softmax, dropout, then weigh the values: in this order.
        raise NotImplementedError("Problem 2: MultiHeadedAttention.attention")

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: "torch.Tensor | None" = None,
    ) -> torch.Tensor:
        """Attend from every position of `query` to the positions of `key` and `value`.

        Args:
            query: float [B, T, d].
            key, value: float [B, T, d]; they may have another length than `query`, the same for both.
            mask: [B, T, T], bool, byte or float, the same for all heads; position i of `query` may see position j of
                `key` where mask[b, i, j] isn't 0. Everything may be seen when None.

        Returns:
            float [B, T, d].
        """

        # Project, split into heads, attend (the mask is the same for every head), join the heads, project.
        raise NotImplementedError("Problem 2: MultiHeadedAttention.forward")
