"""`skfcn info` and `skfcn plot`."""

import json
import tracemalloc

import joblib
import pytest
from matplotlib.image import imread

import skfcn

pytestmark = pytest.mark.slow


def test_info(model_path, run, capsys):
    assert run("info", model_path) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines()]
    assert ["hidden", "1", "256", "relu", "16,640"] in rows
    assert ["output", "10", "softmax", "1,290"] in rows
    assert ["all", "float32", "50,826"] in rows
    accuracy = joblib.load(model_path).trained_by_skfcn_["test_accuracy"]
    assert f"test        accuracy {accuracy:.4f} on 360 rows" in out
    assert "takes       64 pixels, divided by 16" in out
    assert f"skfcn {skfcn.__version__}" in out


def test_info_for_machines(model_path, run, capsys):
    assert run("info", model_path, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n_parameters"] == sum(n["n_parameters"] for n in document["layers"]) == 50826
    assert document["classes"] == list(range(10))
    assert document["parameters"]["max_iter"] == document["n_epochs"] == 10
    assert document["parameters"]["n_iter_no_change"] is None  # infinity is no JSON
    assert document["training"]["versions"]["skfcn"] == skfcn.__version__


def test_info_of_a_table(run, fruit, capsys):
    options = "--target price --task regression --normalization batch --epochs 3 --early-stopping"
    assert run("train", "--data", fruit, "--hidden", 5, *options.split()) == 0
    capsys.readouterr()
    assert run("info", "model.joblib") == 0
    out = capsys.readouterr().out
    assert "predicts    price, a number" in out
    assert "3 features: weight, colour, kind" in out
    assert "R2 " in out
    # Five inputs: a number and two values each of colour and kind; and each unit has a gain.
    rows = [line.split() for line in out.splitlines()]
    assert ["hidden", "5", "relu", str(5 * 5 + 5 + 5)] in rows
    assert "validation  " in out


@pytest.mark.parametrize("what", ["network", "weights", "training"])
def test_plots(what, model_path, run, capsys):
    assert run("plot", model_path, what) == 0
    assert capsys.readouterr() == ("", f"wrote {what}.png\n")
    image = imread(f"{what}.png")
    assert image.shape[2] == 4
    assert image[..., :3].min() < 0.5 < image[..., :3].max()  # neither empty nor all ink


def test_a_plot_of_another_format(model_path, run, folder):
    assert run("plot", model_path, "training", "--out", "loss.pdf", "--quiet") == 0
    assert (folder / "loss.pdf").read_bytes().startswith(b"%PDF")


def test_the_network_of_a_table_has_the_names_of_its_inputs(run, fruit, folder):
    options = ["--target", "kind", "--epochs", 1, "--hidden", 3]
    assert run("train", "--data", fruit, *options) == 0
    assert run("plot", "model.joblib", "network", "--out", "n.svg") == 0
    drawing = (folder / "n.svg").read_text()
    for name in ("weight", "price", "colour_green", "colour_yellow", "banana"):
        assert f"<!-- {name} -->" in drawing


def test_plots_that_cannot_be(run, model_path, fruit, complaint):
    assert "there is no WHAT 'wieghts'. Did you mean 'weights'?" in complaint(
        "plot", model_path, "wieghts"
    )
    assert "ends in one of" in complaint("plot", model_path, "weights", "--out", "w.xyz")
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 1) == 0
    assert "makes no images" in complaint("plot", "model.joblib", "weights")


def test_several_networks(fruit, run, capsys, complaint):
    several = "model.joblib"
    assert run("train", "--data", fruit, "--target", "price", "--task", "regression") == 0
    out, err = capsys.readouterr()
    assert out.startswith("network  8 of ")
    assert "24 rounds in" in out
    assert "target     'price', as asked for; numbers from 0 to 38" in err
    assert "columns    2 categories, 1 number" in err
    assert "round 24/24  loss 0." in err
    assert imread("curves.png").ndim == 3
    assert run("info", several) == 0
    out = capsys.readouterr().out
    assert "rounds      24, loss" in out
    assert "out of bag  0.9" in out or "out of bag  1.0" in out
    assert "all of 8 " in out
    assert "TabularRegressor(random_state=0)" in out
    assert run("info", several, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    weights = joblib.load(several)._fitted.model.network.vector
    sizes = [layer["n_parameters"] for layer in document["layers"]]
    assert document["n_networks"] == 8
    assert document["n_parameters"] == sum(sizes) == weights.size
    assert run("plot", several, "training") == 0
    assert imread("training.png").ndim == 3
    assert "the model is 8 networks, too many to draw" in complaint("plot", several, "network")
    assert "makes no images" in complaint("plot", several, "weights")


def test_a_category_of_thousands_costs_no_gigabyte(run, write_csv, capsys):
    """With one network, each of its values is an input; with several it is embedded."""
    rows = [[f"town {i // 3}", i % 7, "ab"[i % 2]] for i in range(15_000)]
    data = write_csv("towns.csv", ["town", "size", "kind"], rows)
    tracemalloc.start()
    assert run("train", "--data", data, "--hidden", 4, "--epochs", 1, "--no-plot") == 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 2**20
    assert joblib.load("model.joblib")[-1].n_features_in_ > 4900
