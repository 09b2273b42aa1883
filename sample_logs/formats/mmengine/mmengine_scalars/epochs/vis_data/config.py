optim_wrapper = dict(optimizer=dict(lr=0.05, momentum=0.9, type='SGD'))
train_cfg = dict(by_epoch=True, max_epochs=3)
train_dataloader = dict(batch_size=8)
