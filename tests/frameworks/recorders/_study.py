"""Optuna's study, as both of its storages record it."""

from __future__ import annotations

import optuna
from _descent import descend
from _recording import Recording

optuna.logging.disable_default_handler()


def record(recording: Recording, storage: object) -> None:
    """Two studies: one that prunes and meets NaN, and one that maximises a metric with a name."""

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("learning_rate", 1e-3, 1e9, log=True)
        optimizer = trial.suggest_categorical("optimizer", ["sgd", "adam"])
        batch = trial.suggest_int("batch_size", 4, 16)
        run = recording.run(f"store#{trial.study.study_name}/trial {trial.number}",
                            learning_rate=rate, optimizer=optimizer, batch_size=batch)  # fmt: skip
        sign, tag = (-1, "score") if trial.study.study_name == "second" else (1, "objective")
        loss = 0.0
        for step, (_, loss) in enumerate(descend(rate, 40, batch_size=batch)):
            if step % 4 == 3:
                trial.report(sign * loss, step)
                run.log(tag, step, sign * loss)
            if step > 20 and trial.number == 4:
                raise optuna.TrialPruned
        return sign * loss

    for name, direction in (("first", "minimize"), ("second", "maximize")):
        study = optuna.create_study(
            storage=storage, study_name=name, direction=direction,
            sampler=optuna.samplers.RandomSampler(seed=len(name)),
        )  # fmt: skip
        if direction == "maximize":
            study.set_metric_names(["score"])
        study.optimize(objective, n_trials=7, catch=(ValueError,))
