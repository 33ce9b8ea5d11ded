namespace ArchiveService.Features.Sources.Meta;

/// <summary>How Meta's Graph API is asked.</summary>
/// <param name="AppId">The app's id (<c>Meta__AppId</c>): whose subscriptions are looked for.</param>
/// <param name="AppSecret">The app's secret (<c>Meta__AppSecret</c>): signs every question with <c>appsecret_proof</c>.</param>
/// <param name="Version">Asked for where the source's address names none (<c>Meta__ApiVersion</c>). Meta ends a version after about two years.</param>
/// <param name="RecentDays">How far back posts are asked for again with their comments (<c>Meta__RecentDays</c>).</param>
public sealed record MetaGraphOptions(string? AppId = null, string? AppSecret = null, string Version = MetaGraphOptions.DefaultVersion, int RecentDays = 30)
{
    public const string DefaultVersion = "v24.0";

    /// <summary>A story is gone after 24 hours: a channel of Instagram is polled at least this often, however seldom its others are.</summary>
    public static readonly TimeSpan LongestBetweenStories = TimeSpan.FromHours(4);

    public static MetaGraphOptions From(IConfiguration configuration) => new(
        configuration["Meta:AppId"],
        configuration["Meta:AppSecret"],
        configuration["Meta:ApiVersion"] is { Length: > 1 } version ? version : DefaultVersion,
        int.TryParse(configuration["Meta:RecentDays"], out var days) && days is > 0 and <= 3650 ? days : 30);
}
