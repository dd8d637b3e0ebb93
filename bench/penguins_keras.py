"""Trains the penguins model with Keras as systems/penguins does: preprocessing and network anew on each of 5 folds, then
on all rows. Says that its imports are done, then gives one line of JSON."""

import json
import sys

import jax
import keras
import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

NUMBERS = ["culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"]
CATEGORIES = ["island", "sex"]


def preprocessing() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), NUMBERS),
            ("categories", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), CATEGORIES),
        ]
    )


def network(features: int) -> keras.Model:
    layers = [
        keras.Input(shape=(features,)),
        keras.layers.Dense(10, activation="relu"),
        keras.layers.Dense(8, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def train(table: pandas.DataFrame, labels: numpy.ndarray) -> tuple[ColumnTransformer, keras.Model]:
    transformer = preprocessing()
    features = transformer.fit_transform(table)
    model = network(features.shape[1])
    model.fit(features, labels, epochs=50, batch_size=32, verbose=0)
    return transformer, model


print("imports done", flush=True)
keras.utils.set_random_seed(42)
table = pandas.read_csv(sys.argv[1]).replace(".", numpy.nan)
labels = LabelEncoder().fit_transform(table["species"])
accuracies = []
for chosen, held_out in KFold(n_splits=5, shuffle=True, random_state=42).split(table):
    transformer, model = train(table.iloc[chosen], labels[chosen])
    _, accuracy = model.evaluate(transformer.transform(table.iloc[held_out]), labels[held_out], verbose=0)
    accuracies.append(accuracy)
train(table, labels)
version = f"Keras {keras.__version__}, JAX {jax.__version__}"
print(json.dumps({"accuracy": float(numpy.mean(accuracies)), "version": version}), flush=True)
