"""Headings and names in other languages, as the English words that are known here."""

from __future__ import annotations

import re
import unicodedata

_WORDS = (  # pattern in small letters without accents -> what is said for it; the first that fits
    ("zeitschritt|pas de temps|paso de tiempo|passo temporale|时间步", "step"),
    ("schritt|(?<![a-z])pas(?:so|o)?(?![a-z])|步", "step"),
    ("训练|entren|addestr|trein|обуч", "train"),
    ("验证|провер|валид", "valid"),
    ("最佳|最好|最优|meilleur|mejor|miglior|melhor|лучш", "best"),
    ("困惑度|перплекс", "ppl"),
    ("损失|verlust|(?<![a-z])perte|perdida|perdita|потер|cross[ _-]?entropy|(?<![a-z])nll(?![a-z])", "loss"),
    ("轮次|轮数|轮|epo(?:che|que|ca)n?s?|эпох[аи]?", "epoch"),
    ("实验编号|实验|versuch|experience|esperiment|experimento|essai|lauf(?![a-z])|эксперимент", "experiment"),
    ("编号|序号|nummer|numero|номер", "number"),
    ("累计时间", "elapsed"),
    ("时间|用时|秒|sekunden|secondes|segundos|secondi|zeit|temps|tiempo|tempo(?![a-z])|duree|dauer|duraci?on|durata|время",
     "seconds"),
    ("模型|модел", "model"),
    ("优化器|оптимиз", "optimizer"),
    ("学习率|lernrate|taux d.apprentissage|tasa de aprendizaje", "lr"),
    ("批大小|批次|批量", "batch"),
    ("隐藏|versteckt|cachee|ocult[ao]|nascost", "hidden"),
    ("样本|文本|样例|beispiel|echantillon|muestra|ejemplo|esempi|campion|amostra|образ|текст|texte|texto|testo|(?<![a-z])satz",
     "sample"),
    ("长度|lange|longueur|longitud|lunghezza|comprimento|длин", "length"),
    ("梯度|градиент", "gradient"),
    ("归一化|缩放|skaliert|normiert|a l.echelle|escalad|scalat", "rescaled"),
    ("范数|норм", "norm"),
)  # fmt: skip
_KNOWN = re.compile("|".join(f"(?P<w{place}>{pattern})" for place, (pattern, _) in enumerate(_WORDS)))


def in_english(text: str) -> str:
    """The text in small letters without accents, with the words of other languages that mean a column in English."""
    parts = unicodedata.normalize("NFKD", text.lower()[:1000])
    low = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return _KNOWN.sub(lambda found: _WORDS[int((found.lastgroup or "w0")[1:])][1], low)
