"""Lightning: ``configure_optimizers`` with PyTorch's optimizer and scheduler."""

from __future__ import annotations

from lrdoctor.learning_rate.frameworks import pytorch
from lrdoctor.learning_rate.frameworks.plan import Plan, number


def code(plan: Plan) -> str:
    """The whole snippet: a method of the user's LightningModule."""
    body = pytorch.optimizer(plan, "self.parameters()")
    if body[0].startswith("for group"):
        body = ["optimizer = ...  # yours", *body]
        body[0] = "optimizer = super().configure_optimizers()  # or make yours here"
    schedule = pytorch.scheduler(plan)
    lines = [plan.heading, "import torch", *pytorch.formula_imports(plan), ""]
    lines += ["def configure_optimizers(self):  # of your LightningModule"]
    lines += [f"    {line}" if line else "" for line in [*body, *schedule]]
    if schedule:
        settings = f'"scheduler": scheduler, "interval": "{plan.unit}"'
        if plan.shape == "plateau":
            settings = '"scheduler": scheduler, "interval": "epoch", "monitor": "val_loss"'
        lines.append(f'    return {{"optimizer": optimizer, "lr_scheduler": {{{settings}}}}}')
    else:
        lines.append("    return optimizer")
    if plan.clip:
        lines += ["", f"# trainer = lightning.Trainer(gradient_clip_val={number(plan.clip)}, ...)"]
    return "\n".join(lines) + "\n"
