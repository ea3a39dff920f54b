"""
A table with categories and gaps
================================

A data frame goes in as it is: numbers, a category, a date, and gaps. The scores of rows that a
network has not learned from come with the fit.
"""

# %%
# The table
# ---------
# The diabetes data of scikit-learn, made into a table like people's: the sex is a word, every
# visit has a date, and a seventh of the blood pressures was not written down.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skfcn import TabularRegressor

X, y = load_diabetes(as_frame=True, scaled=False, return_X_y=True)
X["sex"] = X["sex"].map({1.0: "f", 2.0: "m"})
X["visit"] = pd.Timestamp("1998-01-05") + pd.to_timedelta(np.arange(len(X)), "D")
X.loc[X.index % 7 == 0, "bp"] = np.nan
X.head()

# %%
# One line
# --------
# ``oob_prediction_`` is what each row is predicted to be by the networks that have not learned
# from it, so this is what to expect of new rows.

model = TabularRegressor(random_state=0).fit(X, y)

fig, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
ax.scatter(y, model.oob_prediction_, s=12, alpha=0.6)
ax.axline((150, 150), slope=1, color="0.5", linewidth=1)
ax.set(
    xlabel="progression of the disease",
    ylabel="predicted without having seen the row",
    title=f"R² = {model.oob_score_:.2f} on rows held out",
)
plt.show()

# %%
# Beside others
# -------------
# The same table in five-fold cross-validation. A linear model needs a pipeline, and gradient
# boosting a category that pandas calls one; dates are for neither.

without_date = X.drop(columns="visit")
numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
linear = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(drop="if_binary"), ["sex"]),
        (numbers, make_column_selector(dtype_include="number")),
    ),
    Ridge(),
)
scores = {
    "TabularRegressor": cross_val_score(TabularRegressor(random_state=0), X, y),
    "HistGradientBoosting": cross_val_score(
        HistGradientBoostingRegressor(random_state=0),
        without_date.astype({"sex": "category"}),
        y,
    ),
    "Ridge": cross_val_score(linear, without_date, y),
}

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for row, (_, values) in enumerate(scores.items()):
    ax.scatter(values, np.full(len(values), row), alpha=0.5)
    ax.scatter(values.mean(), row, color="black", marker="|", s=400)
ax.set(yticks=range(len(scores)), yticklabels=scores, xlabel="R² of each fold, and the mean")
ax.invert_yaxis()
plt.show()
