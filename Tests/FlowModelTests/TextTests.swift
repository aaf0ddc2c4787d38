import FlowModel
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("ПРИВЁЗ  \t\u{A0}Ёлку", "привез елку"), ("Straße ÀÉ", "straße àé"), ("до\u{AD}став\u{200B}ка", "доставка"),
    ("\u{438}\u{306}од \u{435}\u{308}ж", "йод еж"), ("ĘŁ ΣΑ", "ęł σα"), ("ЇҐЄ", "їґє"),
  ])
  func `folding levels case, ё, white space and hidden characters`(text: String, folded: String) {
    #expect(TextMatching.folded(text) == folded)
  }

  @Test func `a phrase is found as a part, letter case and ё aside`() {
    #expect(TextMatching.hasAny("Когда ПРИВЕЗЁТЕ?", ["доставка", "привезете"]))
    #expect(TextMatching.hasAny("ещё  продаёте", ["Еще Продаете"]))
    #expect(!TextMatching.hasAny("привет", ["", "пока"]))
    #expect(!TextMatching.hasAny("", ["а"]))
  }

  @Test(arguments: [
    ("Интересует доставка", "доставки", true), ("о доставках и ценах", "цена", true),
    ("бездоставочный", "доставка", false),
    ("Самовывозом можно?", "самовывоз", true), ("кот", "который", false),
    ("заказать доставку курьером", "доставка курьера", true),
    ("Hello, world!", "WORLD", true), ("", "а", false), ("текст", "…", false),
  ])
  func `whole words are found in any of their forms`(text: String, word: String, isFound: Bool) {
    #expect(TextMatching.hasWord(text, [word]) == isFound)
  }

  /// Pairs as the description of the algorithm lists them.
  @Test(arguments: [
    ("важная", "важн"), ("важнейшие", "важн"), ("вагонов", "вагон"), ("валился", "вал"), ("валяется", "валя"),
    ("в", "в"), ("вавиловка", "вавиловк"), ("вагнера", "вагнер"), ("важничал", "важнича"), ("важности", "важност"),
    ("пешком", "пешк"), ("победила", "побед"), ("победительница", "победительниц"), ("поваливши", "повал"),
    ("padre", "padre"), ("павлыч", "павлыч"), ("паденье", "паден"),
  ])
  func `stems are those of the published algorithm`(word: String, stem: String) {
    #expect(TextMatching.stem(word) == stem)
  }

  @Test func `words keep inner hyphens and lose punctuation`() {
    let words = ["Кто-то", "сказал", "5", "го", "д'Артаньян", "10", "12"]
    #expect(TextMatching.words("Кто-то сказал: «5-го, д'Артаньян» — 10-12!") == words)
  }

  @Test(
    arguments: [
      ("звоните 8 (912) 345-67-89", "+79123456789"), ("+7 912 345 67 89", "+79123456789"),
      ("9123456789", "+79123456789"),
      ("+44 20 7946 0958", "+442079460958"), ("заказ 12345678901234", nil), ("8-800-555", nil), ("", nil), ("+", nil),
    ] as [(String, String?)])
  func `telephone numbers are found in the forms people write`(text: String, phone: String?) {
    #expect(TextMatching.phone(in: text) == phone)
  }

  @Test(
    arguments: [
      ("отдам за 1 200 ₽", "1200"), ("5 тыс", "5000"), ("5к", "5000"), ("1,5 млн руб.", "1500000"),
      ("100.000 р.", "100000"),
      ("99,90 руб", "99.9"), ("5 комнат", nil), ("дом 7", nil), ("3 рубля", "3"),
      ("0 р", "0"), ("2\u{A0}500\u{A0}руб", "2500"),
    ] as [(String, String?)])
  func `amounts of money are found with their units`(text: String, price: String?) {
    #expect(TextMatching.price(in: text) == price)
  }

  @Test func `case and ends`() {
    #expect(TextMatching.lowercased("ПриВЁт ÄΣ") == "привёт äσ")
    #expect(TextMatching.uppercased("привёт ß") == "ПРИВЁТ SS")
    #expect(TextMatching.trimmed(" \u{A0}\n привет мир \t") == "привет мир")
    #expect(TextMatching.trimmed("  ") == "")
  }
}
