// swift-tools-version: 6.2
import PackageDescription

// The SDK is a package of its own, so that a third party's plugin can depend on it without the engine.
// Library evolution keeps a plugin built against an older SDK of the same ABI number working
// (docs/decisions/0003-plugin-abi.md).
let package = Package(
  name: "SDK",
  products: [
    .library(name: "SwitchboardSDK", type: .dynamic, targets: ["SwitchboardSDK"])
  ],
  targets: [
    .target(
      name: "SwitchboardSDK",
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .unsafeFlags(["-enable-library-evolution"]),
      ])
  ]
)
