// swift-tools-version: 6.2
import PackageDescription

// A plugin as a third party writes one: a package of its own that knows the SDK and nothing else.
// Build: swift build --package-path Plugins/Echo; the library is then .build/debug/libSwitchboardEcho.so.
let package = Package(
  name: "Echo",
  products: [
    .library(name: "SwitchboardEcho", type: .dynamic, targets: ["Echo"])
  ],
  dependencies: [
    .package(path: "../SDK")
  ],
  targets: [
    .target(
      name: "Echo",
      dependencies: [.product(name: "SwitchboardSDK", package: "SDK")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
