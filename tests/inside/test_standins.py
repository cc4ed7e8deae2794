"""What stands in for accelerators, compilers and processes is as able as the original."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
READY = """
import sys, torch
import autograder.inside.entry
"""


def run(text: str, folder: Path) -> str:
    """What a script prints in a process that was made ready for notebooks."""
    script = folder / "script.py"
    script.write_text(READY + dedent(text))
    command = [sys.executable, "-W", "ignore", str(script)]
    found = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=300)
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout


# However an accelerator is asked for, it is the CPU; devices compare as that.
def test_accelerators(tmp_path: Path) -> None:
    run(
        """
        import copy, io, pickle
        cpu = torch.device("cpu")
        for name in ("cuda", "cuda:1", "mps", "xpu", "xla", 0):
            assert torch.zeros(2, device=name).device == torch.device(name) == cpu, name
            assert torch.zeros(2).to(name).device == cpu and torch.nn.Linear(2, 2).to(device=name).weight.device == cpu
            assert torch.nn.Linear(2, 2, device=name).weight.device == cpu
        assert torch.device("cuda", 1) == torch.device(1) == cpu
        assert isinstance(cpu, torch.device) and not torch.cuda.is_available() and not torch.backends.mps.is_available()
        assert torch.zeros(2).cuda().cuda(0).xpu().is_cuda is False
        assert torch.zeros(2).type(torch.cuda.LongTensor).dtype is torch.zeros(2).type("torch.cuda.LongTensor").dtype
        assert torch.zeros(2).type() == "torch.FloatTensor" and torch.cuda.FloatTensor([1, 2]).sum() == 3
        torch.set_default_tensor_type("torch.cuda.DoubleTensor")
        assert torch.zeros(2).dtype is torch.float64
        torch.set_default_tensor_type(torch.cuda.FloatTensor)
        torch.set_default_device("cuda")
        with torch.device("mps"), torch.cuda.device(0), torch.autocast("cuda"), torch.cuda.stream(torch.cuda.Stream()):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
        torch.set_default_device(None)
        scaler = torch.amp.GradScaler("cuda")
        model = torch.nn.DataParallel(torch.nn.Linear(2, 2), device_ids=[0]).cuda()
        optimizer = torch.optim.SGD(model.parameters(), lr=1)
        scaler.scale(model(torch.ones(1, 2)).sum()).backward()
        scaler.step(optimizer)
        assert torch.cuda.get_device_properties(0).total_memory == 0 and torch.cuda.mem_get_info() == (0, 0)
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record(), end.record(), torch.cuda.synchronize(), torch.mps.empty_cache()
        assert start.elapsed_time(end) >= 0
        assert torch.zeros(2).pin_memory().new_zeros(3, device="mps").device == cpu
        packed = torch.nn.utils.rnn.pack_sequence([torch.zeros(2)]).cuda()
        assert packed.data.device == cpu
        assert pickle.loads(pickle.dumps(cpu)) == copy.deepcopy(cpu) == cpu
        for place in (None, "cuda", torch.device("mps"), {"cuda:0": "cuda:1"}):
            buffer = io.BytesIO()
            torch.save({"a": torch.ones(2), "device": cpu}, buffer)
            buffer.seek(0)
            assert torch.load(buffer, map_location=place)["a"].device == cpu
        """,
        tmp_path,
    )


# Swapped factories and recurrent kernels still go through TorchScript, and its results are the same.
def test_torch_script(tmp_path: Path) -> None:
    run(
        """
        import io
        from torch import nn
        from autograder.inside import fast_rnn
        fast_rnn.install()

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.gru = nn.LSTM(4, 3, 2, batch_first=True), nn.GRU(3, 3)

            def zeros(self, batch: int, device: torch.device) -> torch.Tensor:
                return torch.zeros(1, batch, 3, device=device)

            def forward(self, x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
                packed = nn.utils.rnn.pack_padded_sequence(x, n, batch_first=True, enforce_sorted=False)
                rows, (hidden, _) = self.rnn(packed)
                padded, _ = nn.utils.rnn.pad_packed_sequence(rows, batch_first=True)
                state = self.zeros(x.size(0), x.device) + torch.arange(3).to(torch.device("cpu"))
                return self.gru(padded.transpose(0, 1), state)[0][-1] + hidden[-1]

        model, x, n = Model(), torch.randn(2, 5, 4), torch.tensor([5, 3])
        scripted = torch.jit.script(model)
        assert torch.allclose(model(x, n), scripted(x, n), atol=1e-6)
        scripted(x, n).sum().backward()
        torch.jit.trace(model, (x, n))
        torch.jit.save(scripted, io.BytesIO())
        """,
        tmp_path,
    )


# torch.compile gives back what it is given, and optimisers do not load the compiler.
def test_compile(tmp_path: Path) -> None:
    run(
        """
        @torch.compile
        def f(x): return x + 1
        @torch.compile(mode="max-autotune", fullgraph=True)
        def g(x): return x + 1
        model = torch.nn.Linear(2, 2)
        model.compile()
        assert f(1) == g(1) == 2 and torch.compile(model) is model and torch.compiler.disable(f) is f
        for kind in (torch.optim.Adam, torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop):
            optimizer = kind(model.parameters(), lr=0.1)
            optimizer.zero_grad()
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
        torch.optim.lr_scheduler.StepLR(optimizer, 1).step()
        assert "torch._dynamo.eval_frame" not in sys.modules
        import torch._dynamo.config
        assert torch._dynamo.config.verbose is False and "torch._dynamo.eval_frame" in sys.modules
        """,
        tmp_path,
    )


# Pools, executors, joblib, processes and data loaders give what they give at home.
def test_process_pools(tmp_path: Path) -> None:
    run(
        """
        import concurrent.futures, multiprocessing as mp, multiprocessing.pool
        import torch.multiprocessing as tmp
        from joblib import Parallel, delayed
        from multiprocessing import Pool, get_context
        def square(x): return x * x
        def fail(x): raise KeyError(x)
        def put(queue, x): queue.put(x)
        assert mp.Pool is Pool is tmp.Pool
        with Pool(4, initializer=print, initargs=("ready",)) as pool:
            assert pool.map(square, range(4), chunksize=2) == [0, 1, 4, 9] == list(pool.imap(square, range(4)))
            assert sorted(pool.imap_unordered(square, range(4))) == [0, 1, 4, 9]
            assert pool.starmap(pow, [(2, 3)]) == [8] and pool.apply(square, (3,)) == 9
            told = []
            result = pool.map_async(square, [2], callback=told.append)
            assert result.get(timeout=1) == [4] and result.ready() and result.successful() and told == [[4]]
            failed = pool.apply_async(fail, (1,))
            assert not failed.successful()
            for ask in (failed.get, lambda: pool.map(fail, [1])):
                try: ask()
                except KeyError: pass
                else: raise AssertionError
        for misuse in (lambda: pool.map(square, []), lambda: Pool(0)):
            try: misuse()
            except ValueError: pass
            else: raise AssertionError
        pool = get_context("spawn").Pool()
        assert pool.apply_async(square, [3]).get() == 9
        pool.close(), pool.join()
        with concurrent.futures.ProcessPoolExecutor(2, initializer=print) as executor:
            assert list(executor.map(square, range(3))) == [0, 1, 4] and executor.submit(square, 3).result() == 9
        assert Parallel(n_jobs=-1)(delayed(square)(x) for x in range(3)) == [0, 1, 4]
        queue = mp.Queue()
        process = mp.Process(target=put, args=(queue, 5))
        process.start(), process.join()
        assert queue.get() == 5 and process.exitcode == 0 and not process.is_alive()
        assert mp.Manager().dict({1: 2})[1] == 2 and mp.Value("i", 3).value == 3 and mp.cpu_count() >= 1
        with mp.Lock(): pass
        data = torch.utils.data.TensorDataset(torch.arange(6))
        loader = torch.utils.data.DataLoader(data, 2, num_workers=4, persistent_workers=True, timeout=9)
        assert [len(batch[0]) for batch in loader] == [2, 2, 2] and loader.num_workers == 0
        """,
        tmp_path,
    )


# Progress bars know what they counted, as those that are drawn.
@pytest.mark.parametrize(
    "line",
    ["from tqdm import tqdm, trange", "from tqdm.notebook import tqdm, trange", "from tqdm.std import tqdm, trange"],
)
def test_progress_bars(line: str, tmp_path: Path) -> None:
    printed = run(
        f"""
        {line}
        import pandas as pd
        bar = tqdm(total=5, desc="reviews", leave=False)
        for _ in range(3): bar.update()
        bar.update(2)
        bar.set_postfix(loss=1); bar.set_description("x"); bar.refresh(); bar.reset(total=7)
        assert bar.n == 0 and bar.total == 7 and bar.format_dict["total"] == 7 and "x" in str(bar)
        with tqdm([1, 2, 3], "words", 3, True, sys.stdout, unit="word") as words:
            assert list(words) == [1, 2, 3]
        assert words.n == 3 and len(words) == 3
        numbers = trange(4)
        assert sum(numbers) == 6 and numbers.n == 4 and list(tqdm("ab", disable=True)) == ["a", "b"]
        bar.display(); bar.close(); bar.clear()
        tqdm.pandas(desc="rows")
        assert pd.Series([1, 2]).progress_apply(lambda x: x + 1).tolist() == [2, 3]
        from tqdm.contrib import tenumerate
        assert list(tenumerate("ab")) == [(0, "a"), (1, "b")]
        tqdm.write("written")
        """,
        tmp_path,
    )
    assert printed == "written\n"


# Things of the browser may be indexed, derived from, and used as decorators.
def test_nothing(tmp_path: Path) -> None:
    run(
        """
        import ipywidgets as widgets, seaborn as sns
        from ipywidgets import interact
        @interact(x=(0, 1))
        def f(x): return x + 1
        class Box(widgets.VBox):
            def __init__(self): super().__init__(); self.own = 3
        assert f(1) == 2 and Box().own == 3 and Box().children is not None
        assert sns.color_palette()[0] is not None and list(sns.color_palette()) == []
        widgets.IntSlider().value[0] = 3
        """,
        tmp_path,
    )
