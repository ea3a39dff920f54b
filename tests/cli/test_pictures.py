"""Pictures: any size, colour and paper to predict; folders of them, and of IDX files, to train."""

import json
import struct

import numpy as np
import pytest
from matplotlib.image import imsave
from sklearn.datasets import load_digits

pytestmark = pytest.mark.slow

IMAGES, LABELS = load_digits().images / 16, load_digits().target
QUICK = ["--epochs", 20, "--no-plot", "--quiet", "--json"]


def larger(image, factor=9, margin=(5, 30, 11, 20)):
    """Return a picture with paper around the ink."""
    top, bottom, left, right = margin
    return np.pad(np.kron(image, np.ones((factor, factor))), ((top, bottom), (left, right)))


def coloured(image, ink, paper):
    return image[..., None] * np.array(ink) + (1 - image[..., None]) * np.array(paper)


NOISE = 0.02 * np.random.default_rng(0).random((107, 103))
# What is done to a picture of light ink on dark paper.
FORMS = {
    "larger": larger,
    "much larger": lambda image: larger(image, 60, (200, 10, 300, 50)),
    "little larger": lambda image: np.pad(image, 1),
    "wide": lambda image: larger(image, 9, (0, 0, 100, 100)),
    "dark ink": lambda image: 1 - larger(image),
    "dark ink, of the model's size": lambda image: 1 - image,
    "grey paper": lambda image: 0.3 + 0.5 * larger(image),
    "pale ink": lambda image: 0.9 - 0.4 * larger(image),
    "blue ink on cream": lambda image: coloured(larger(image), (0.1, 0.1, 0.6), (1, 0.95, 0.85)),
    "clear paper": lambda image: np.dstack([np.zeros((*larger(image).shape, 3)), larger(image)]),
    "some noise": lambda image: larger(image) * 0.9 + NOISE,
}


@pytest.mark.parametrize("ending", ["png", "jpg", "tiff"])
@pytest.mark.parametrize("form", FORMS)
def test_a_picture_of_any_size_and_paper(form, ending, model_path, run, capsys):
    if "clear" in form:
        ending = "png"  # JPEG has no transparent ground
    paths = [f"{n}.{ending}" for n in range(20)]
    for n, path in enumerate(paths):
        imsave(path, FORMS[form](IMAGES[n]), cmap="gray", vmin=0, vmax=1)
    assert run("predict", model_path, *paths) == 0
    found = np.array(capsys.readouterr().out.split()).astype(int)
    assert (found == LABELS[:20]).mean() >= 0.9


def test_a_name_says_nothing(model_path, run, capsys, folder):
    imsave("three.png", larger(IMAGES[3]), cmap="gray")
    (folder / "three.csv").write_bytes((folder / "three.png").read_bytes())
    assert run("predict", model_path, "three.csv") == 0
    assert capsys.readouterr().out == "3\n"


def write_folders(path, form=lambda image: image, names=str, n=200, first=0):
    for i in range(first, first + n):
        folder = path / names(LABELS[i])
        folder.mkdir(parents=True, exist_ok=True)
        imsave(folder / f"{i}.png", form(IMAGES[i]), cmap="gray", vmin=0, vmax=1)


FOLDERS = {
    "of one size": (lambda image: image, (8, 8), "light"),
    "dark ink": (lambda image: 1 - image, (8, 8), "dark ink on light paper"),
    "large": (lambda image: larger(image, 11), (28, 28), "centred and scaled to 28 x 28"),
    "of many sizes": (
        lambda image: larger(image, 5 + int(image.sum()) % 4),
        (28, 28),
        "centred and scaled to 28 x 28 pixels",
    ),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_pictures_for_each_class(kind, run, folder, capsys):
    form, shape, says = FOLDERS[kind]
    write_folders(folder / "data", form)
    assert run("train", "--data", "data", *QUICK) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n_train"] + report["n_test"] == 200
    assert report["image_shape"] == list(shape)
    assert report["test_accuracy"] > 0.8
    assert any(says in said for said in report["assumed"]) or says == "light"
    assert "pictures of 10 classes, by folder: 0, 1, 2" in report["assumed"][0]
    paths = sorted((folder / "data").glob("*/*.png"))[::9]
    assert run("predict", "model.joblib", *paths) == 0
    found = capsys.readouterr().out.split()
    assert np.mean([a == path.parent.name for a, path in zip(found, paths, strict=True)]) > 0.8
    assert run("evaluate", "model.joblib", "--quiet", "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == report["test_accuracy"]


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("training", "testing")])
def test_folders_to_train_and_to_test_with(train, test, run, folder, capsys):
    names = "class {}".format
    write_folders(folder / "data" / train, names=names)
    write_folders(folder / "data" / test, names=names, n=50, first=200)
    assert run("train", "--data", "data", *QUICK) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["n_train"], report["n_test"]) == (200, 50)
    assert report["test_part"] == "the data's own test part"


def write_idx(folder, stem, rows, n_labels=None):
    folder.mkdir(exist_ok=True)
    pixels, y = np.rint(255 * IMAGES[rows]).astype(np.uint8), LABELS[rows].astype(np.uint8)
    head = struct.pack(">4I", 2051, len(y), 8, 8)
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(head + pixels.tobytes())
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(
        struct.pack(">2I", 2049, len(y)) + y.tobytes()
    )


@pytest.mark.parametrize("name", ["", "emnist-digits-", "emnist-letters-", "kmnist-"])
@pytest.mark.parametrize(
    ("parts", "n", "says"),
    [
        (["train", "t10k"], (400, 100), "the data's own test part"),
        (["train", "test"], (400, 100), "the data's own test part"),
        (["train"], (320, 80), "a stratified fifth, held out with seed 0"),
        (["t10k"], (80, 20), "a stratified fifth, held out with seed 0"),
        (["test"], (80, 20), "a stratified fifth, held out with seed 0"),
    ],
)
def test_idx_files_by_other_names_and_of_one_part(name, parts, n, says, run, folder, capsys):
    for part in parts:
        rows = slice(0, 400) if part == "train" else slice(400, 500)
        write_idx(folder / "idx", name + part, rows)
    assert run("train", "--data", "idx", *QUICK) == 0
    report = json.loads(capsys.readouterr().out)
    assert ((report["n_train"], report["n_test"]), report["test_part"]) == (n, says)
    assert any("turned upright" in said for said in report["assumed"]) == ("emnist" in name)


def test_folders_that_hold_nothing_to_train_on(folder, complaint):
    write_folders(folder / "one", names=lambda label: "same", n=5)
    assert "has pictures of one class, same; there must be two" in complaint(
        "train", "--data", "one"
    )
    for name in ("emnist-digits", "emnist-letters"):
        write_idx(folder / "several", f"{name}-train", slice(0, 9))
    assert "holds several data sets (emnist-digits-train" in complaint(
        "train", "--data", "several"
    )
    write_idx(folder / "idx", "train", slice(0, 9))
    (folder / "idx" / "train-labels-idx1-ubyte").unlink()
    assert "train-labels-idx1-ubyte: No such file" in complaint("train", "--data", "idx")
    broken = folder / "broken" / "a"
    broken.mkdir(parents=True)
    imsave(broken / "0.png", IMAGES[0])
    (folder / "broken" / "b").mkdir()
    (folder / "broken" / "b" / "1.png").write_bytes((broken / "0.png").read_bytes()[:60])
    error = complaint("train", "--data", "broken")
    assert "1.png: cannot be read as a picture" in error


@pytest.mark.parametrize("option", [["--target", "x"], ["--drop", "x"], ["--no-header"]])
def test_options_of_tables_do_not_suit_images(option, complaint):
    assert f"holds images; {option[0]}" in complaint("train", *option).replace(
        "--header", "--no-header"
    )


@pytest.mark.parametrize("factor", [3, 4])
def test_a_drawing_is_seen_as_the_page_sees_it(factor, mnist_mat):
    """A picture of an MNIST digit, larger and moved, becomes that digit again."""
    from skfcn._files import fitted
    from skfcn.datasets import load_mnist_mat

    images = load_mnist_mat(mnist_mat, subset="test").images[::500] / 255
    for image in images:
        large = np.pad(np.kron(image, np.ones((factor, factor))), ((3, 40), (21, 0)))
        again = fitted(large, (28, 28), 20)
        near = [np.roll(image, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        # Faint ink at an edge may not count, and the centre is rounded.
        assert min(np.abs(again - each).mean() for each in near) < 0.03
