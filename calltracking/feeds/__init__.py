"""Costs read from the advertising systems' own APIs: Yandex Direct and VK Ads, every night and when somebody asks."""
