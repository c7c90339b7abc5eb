"""Which columns the three kinds of sheet have, and the words for them that clerks use."""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

SheetKind = Literal["people", "organisations", "vehicles"]
KINDS: tuple[SheetKind, ...] = get_args(SheetKind)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its field's name, its Chinese and English headings, and other words for it.

    `choices` are the words for each value that may stand in it; the first word is the one written. A
    `textual` column holds figures that Excel must leave as they were typed.
    """

    field: str
    chinese: str
    english: str
    synonyms: str = ""
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    textual: bool = False

    def value_of(self, word: str) -> str | None:
        """Return the value that a word stands for, None where it stands for none."""
        wanted = plain(word)
        for value, words in self.choices.items():
            if wanted in map(plain, (value, *words.split())):
                return value
        return None

    def word_for(self, value: str | None) -> str:
        """Return the word that is written for a value."""
        return "" if value is None else self.choices[value].split()[0]


_ID = Column(
    "id_number", "证件号", "id number", "身份证号 身份证号码 证件号码 身份证 公民身份号码", textual=True
)
_BUILDING = Column("building", "楼栋", "building", "栋 楼号 幢 栋号 楼 楼栋号 楼幢", textual=True)
_ENTRANCE = Column("entrance", "单元", "entrance", "单元号 unit", textual=True)
_ROOM = Column("room", "室", "room", "房号 室号 房间号 门牌号 房间 房", textual=True)

PEOPLE = (
    Column("name", "姓名", "name", "名字 人员姓名 住户姓名"),
    _ID,
    Column(
        "kind",
        "人员类别",
        "kind",
        "类别 人员类型 类型 身份",
        {
            "resident": "居民 住户 常住 业主 户主 常住人口",
            "tenant": "租客 租户 承租人 流动人口 租住",
            "staff": "工作人员 物业 员工 职工 物业人员 保安",
            "patroller": "巡逻员 巡防员 网格员 巡逻",
            "official": "公务人员 干部 社区干部 民警",
            "cared-for": "关爱对象 关爱 重点关爱 独居老人",
            "guest": "客人 访客 来客",
        },
    ),
    Column("phone", "手机号", "phone", "电话 手机 联系电话 手机号码 电话号码 联系方式 mobile", textual=True),
    _BUILDING,
    _ENTRANCE,
    _ROOM,
    Column(
        "tie",
        "关系",
        "relation",
        "与房屋关系 居住关系 房屋关系 居住性质 tie",
        {
            "owns": "业主 产权人 户主 房主 owner",
            "rents": "租客 租户 承租 承租人 租住 tenant",
            "lives": "居住 家属 同住 住户 常住 resident",
            "works": "工作 上班 员工 职工 staff",
        },
    ),
    Column("since", "入住日期", "since", "入住时间 起始日期 开始日期 入住 movein", textual=True),
    Column("organisation", "单位", "organisation", "工作单位 单位名称 所属单位 organization"),
    Column("works_since", "入职日期", "works since", "入职时间 上岗日期", textual=True),
)
ORGANISATIONS = (
    Column("organisation", "单位名称", "organisation", "单位 名称 企业名称 organization"),
    Column("contact", "联系方式", "contact", "联系人 联系电话 电话 负责人", textual=True),
)
VEHICLES = (
    Column("plate", "车牌号", "plate", "车牌 车牌号码 号牌 号牌号码", textual=True),
    Column("owner", "车主", "owner", "车主姓名 姓名 所有人 name"),
    Column("id_number", "车主证件号", "owner id number", f"{_ID.chinese} {_ID.synonyms}", textual=True),
    _BUILDING,
    _ENTRANCE,
    _ROOM,
    Column(
        "colour",
        "车牌颜色",
        "plate colour",
        "号牌颜色 platecolor",
        {
            "blue": "蓝 蓝色 蓝牌",
            "green": "绿 绿色 绿牌 渐变绿 渐变绿色 黄绿 黄绿色 黄绿双拼",
            "yellow": "黄 黄色 黄牌",
            "white": "白 白色 白牌",
            "black": "黑 黑色 黑牌",
        },
    ),
    Column(
        "parking",
        "车位类型",
        "parking",
        "车位 停车类型 车辆类型",
        {
            "resident": "业主 业主车位 自有 住户 固定 固定车位 产权 产权车位",
            "rented": "租用 月租 包月 租赁 租用车位 月租车位",
            "staff": "员工 职工 工作人员 物业",
            "service": "服务 公务 配送 保洁 特种",
            "none": "无 无车位 临时 临停",
        },
    ),
    Column("until", "到期日", "until", "到期日期 到期时间 截止日期 有效期 有效期至", textual=True),
)
COLUMNS: Mapping[SheetKind, tuple[Column, ...]] = {
    "people": PEOPLE,
    "organisations": ORGANISATIONS,
    "vehicles": VEHICLES,
}
# A sheet is of the first kind whose telling column it has.
_TELLING: Mapping[SheetKind, str] = {"vehicles": "plate", "people": "name", "organisations": "organisation"}

_REMARK = re.compile(r"\(.*?\)|\[.*?\]")
_PADDING = re.compile(r"[\s_*:.、,/\-]")


def plain(text: str) -> str:
    """Return a heading or a choice without blanks, stars, remarks in brackets and capitals."""
    return _PADDING.sub("", _REMARK.sub("", unicodedata.normalize("NFKC", text))).casefold()


def kind_of(headings: Sequence[str]) -> SheetKind | None:
    """Return which kind of sheet has these headings, None where it is none."""
    for kind, telling in _TELLING.items():
        found = [column for column in map(named(kind).get, map(plain, headings)) if column is not None]
        # One known word may stand anywhere, in a title too; a sheet of one column has it as its only heading.
        enough = len(found) > 1 or len([heading for heading in headings if heading.strip()]) == 1
        if enough and any(column.field == telling for column in found):
            return kind
    return None


def named(kind: SheetKind) -> Mapping[str, Column]:
    """Return the columns of a kind of sheet by every plain word for them."""
    return _BY_WORD[kind]


def _by_word(columns: Sequence[Column]) -> dict[str, Column]:
    return {
        plain(word): column
        for column in columns
        for word in (column.chinese, column.english, *column.synonyms.split())
    }


_BY_WORD = {kind: _by_word(columns) for kind, columns in COLUMNS.items()}
