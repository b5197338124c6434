"""The words of the demo company, read from words.toml."""

import random
import tomllib
from importlib import resources

import msgspec


class Department(msgspec.Struct, frozen=True):
    slug: str
    name: str
    staff: int


class City(msgspec.Struct, frozen=True):
    name: str
    code: str
    weight: int


class Words(msgspec.Struct, frozen=True):
    """Everything the demo company is made of."""

    surnames: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    firms: tuple[str, ...]
    trades: tuple[str, ...]
    operators: tuple[str, ...]
    brands: tuple[str, ...]
    departments: tuple[Department, ...]
    cities: tuple[City, ...]

    def person(self, chance: random.Random) -> str:
        """`"Орлова Анна"`."""
        surname = chance.choice(self.surnames)
        if chance.random() < 0.5:
            return f"{surname} {chance.choice(self.men)}"
        return f"{surname}а {chance.choice(self.women)}"

    def firm(self, chance: random.Random) -> str:
        """`"ООО «ВекторСнаб»"`."""
        name = f"{chance.choice(self.firms)}{chance.choice(self.trades)}"
        if chance.random() < 0.15:
            name += f" {chance.choice(('и Ко', 'Плюс', 'Регион', '& Партнёры', '2000'))}"
        return f"{chance.choice(('ООО', 'ООО', 'АО', 'ИП'))} «{name}»"

    def city(self, chance: random.Random) -> City:
        """A city, larger ones more often."""
        return chance.choices(self.cities, [city.weight for city in self.cities])[0]


def load_words() -> Words:
    text = resources.files("trunkline.demo").joinpath("words.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Words)
