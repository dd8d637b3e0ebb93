"""A foreach and its join, as flow-foreach.ts has them."""

from metaflow import FlowSpec, Parameter, step


class ForeachFlow(FlowSpec):
    items = Parameter("items", default=20)

    @step
    def start(self):
        self.list = list(range(self.items))
        self.next(self.work, foreach="list")

    @step
    def work(self):
        self.double = self.input * 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(i.double for i in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ForeachFlow()
