using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Sources.LinkedIn;

namespace ArchiveService.Features.Sources.YouTube;

/// <summary>The sources that are asked over an interface of one platform each: YouTube and LinkedIn.</summary>
public static class ApiSourcesSetup
{
    public static IServiceCollection AddApiSources(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(WebSubOptions.From(configuration)).AddSingleton<WebSubLeases>().AddSingleton<IPoller, YouTubePoller>().AddSingleton<Completeness.ILister, YouTubeLister>().AddSingleton<IDeliveryReader, YouTubeAnswerReader>()
        .AddSingleton(new LinkedInApiVersion(configuration["LinkedIn:ApiVersion"] is { Length: > 0 } version ? version : LinkedInApiVersion.Known))
        .AddSingleton<LinkedInPoller>().AddSingleton<IPoller>(s => s.GetRequiredService<LinkedInPoller>()).AddSingleton<Completeness.ILister>(s => s.GetRequiredService<LinkedInPoller>()).AddSingleton<IDeliveryReader, LinkedInAnswerReader>();
}
