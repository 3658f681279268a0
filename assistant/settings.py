"""What a user can set, read once at the edge: defaults, then the file chuchu.toml, then the environment (CHUCHU_…)."""

from __future__ import annotations

import tomllib
from pathlib import Path

from platformdirs import user_config_path, user_data_path
from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

__all__ = ["BRIEFINGS", "Settings"]

# The transcripts that ship with Chuchu; the default index holds them until others are added.
BRIEFINGS = Path(__file__).resolve().parent.parent / "corpus" / "briefings"


class Settings(BaseSettings):
    """Settings of Chuchu. A name in capitals with CHUCHU_ in front sets it from the environment, e.g. CHUCHU_INDEX."""

    model_config = SettingsConfigDict(
        env_prefix="CHUCHU_", toml_file=[user_config_path("chuchu") / "chuchu.toml", "chuchu.toml"], extra="forbid"
    )

    index: Path = Field(default_factory=lambda: user_data_path("chuchu") / "index.sqlite", description="the index file")
    encoder: str = Field(
        default="", description="a sentence-transformers model name or folder; empty for the one that ships"
    )
    chat_model: str = Field(
        default="", description="a chat model that words the answers, as PROVIDER:NAME; empty for answers in quotes"
    )
    chat_base_url: str = Field(
        default="", description="a server that speaks the protocol of the chat model; empty for the provider's own"
    )
    chat_seconds: float = Field(
        default=8, gt=0, le=600, description="what an answer with a chat model may take before the quotes are shown"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        try:
            file_settings = TomlConfigSettingsSource(settings_cls)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f'chuchu.toml: {error}; expected lines such as: index = "mine.sqlite"') from error
        return init_settings, env_settings, file_settings
