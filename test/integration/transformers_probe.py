"""What transformers and peft make of folders that anchorgym wrote.

Reads one JSON object from standard input, {"cases": [{"name", "directory", "base"?, "sequences", "texts"}]}, and prints one:
versions, and by the name of the case how the folder loaded (names that are missing, unexpected or of another shape, every warning), the
type of its weights, the logits of each sequence, the ids of each text where the folder has a tokenizer, and the token ids
that end a generation. With "base" the directory holds adapters for it. Weights are widened to float32 before they compute.
"""
import json
import logging
import os
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(1)


class Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def probe(case):
    collector = Collector()
    for name in ("transformers", "peft"):
        logging.getLogger(name).addHandler(collector)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            case.get("base", case["directory"]), output_loading_info=True
        )
        dtype = str(model.dtype)
        if "base" in case:
            model = peft.PeftModel.from_pretrained(model, case["directory"])
        tokenizer = None
        if os.path.exists(os.path.join(case["directory"], "tokenizer.json")):
            tokenizer = transformers.AutoTokenizer.from_pretrained(case["directory"])
    for name in ("transformers", "peft"):
        logging.getLogger(name).removeHandler(collector)
    model = model.float().eval()
    with torch.no_grad():
        logits = [model(torch.tensor([tokens])).logits[0].flatten().tolist() for tokens in case["sequences"]]
    eos = model.generation_config.eos_token_id
    return {
        "problems": {name: sorted(map(str, found)) for name, found in loading.items() if found},
        "warnings": collector.lines + [str(warning.message) for warning in caught],
        "dtype": dtype,
        "logits": logits,
        "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in case["texts"]] if tokenizer else None,
        "endOfSequence": eos,
    }


def main():
    cases = json.load(sys.stdin)["cases"]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
    json.dump({"versions": versions, "results": {case["name"]: probe(case) for case in cases}}, sys.stdout)


if __name__ == "__main__":
    main()
