using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Channels;

/// <summary>How a channel's state is said and shown.</summary>
public static class ChannelWords
{
    public static Mark Of(ChannelState state, string? paused) => state switch
    {
        ChannelState.Proposed => Marks.Waiting("Föreslagen"),
        ChannelState.Approved => new(Icon.Approved, "Godkänd, inte aktiv"),
        ChannelState.Active => Marks.Done("Aktiv"),
        ChannelState.Paused => Marks.Attention(paused == PauseChannel.Hidden ? "Pausad, dold" : "Pausad, kommentarer stängda"),
        _ => new(Icon.Box, "Avslutad", Tone.Gone),
    };

    public static string Name(string platform, string? handle) => $"{ChannelsModel.PlatformName(platform)}{(handle is null ? "" : $" {handle}")}";

    public static Icon Drawing(string happened) => happened switch
    {
        "channel_registered" => Icon.Channel,
        "channel_approved" => Icon.Approved,
        "channel_activated" or "channel_resumed" => Icon.Ok,
        "channel_paused" or "channel_absence_reported" => Icon.Hidden,
        "channel_access_lost" => Icon.Gap,
        "channel_closed" => Icon.Box,
        "channel_administrator_named" or "channel_administrator_released" => Icon.Person,
        "channel_reviewed" => Icon.Eye,
        _ => Icon.Pen,
    };
}
