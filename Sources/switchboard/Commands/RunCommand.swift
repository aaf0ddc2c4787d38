import ArgumentParser

struct RunCommand: AsyncParsableCommand { func run() async throws {} }
struct CheckCommand: AsyncParsableCommand { func run() async throws {} }
