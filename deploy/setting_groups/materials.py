"""Which files are taken, and who looks into them."""

from typing import Literal

from pydantic import BaseModel, Field

from deploy.setting_types import FileKinds, ScannerAddress


class MaterialSettings(BaseModel):
    """Which files are taken, and who looks into them."""

    material_kinds: FileKinds = Field(
        default=(),
        title="接受的文件类型",
        description="Kinds of files that are taken as materials, between commas (codes of domain/materials.py, such as `pdf,jpeg,png,docx,ofd`). Not set: all that are known.",
    )
    material_limit_bytes: int = Field(
        default=100_000_000,
        ge=1_000,
        title="材料文件上限（字节）",
        description="Largest file that an official may add to a matter, in bytes.",
    )
    party_material_limit_bytes: int = Field(
        default=20_000_000,
        ge=1_000,
        title="当事人材料文件上限（字节）",
        description="Largest file that a party may hand in from the hall, in bytes.",
    )
    material_keep_hours: int = Field(
        default=72,
        ge=1,
        le=8_760,
        title="未归卷材料保留时间（小时）",
        description="After so many hours files that no act has taken up are removed, and that is recorded.",
    )
    virus_scanner: ScannerAddress = Field(
        default="",
        title="病毒检查",
        description="The clamd that looks into every file: `host:port`, or the path of its Unix socket. Not set: nobody looks, and files are shown as not scanned.",
    )
    virus_scanner_away: Literal["refuse", "later"] = Field(
        default="refuse",
        title="病毒检查不可用时",
        description="While the scanner does not answer: `refuse` files, or take them and scan them `later`; until then nobody opens them and no act takes them up.",
    )
