using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Sources.Mastodon;

namespace ArchiveService.Features.Sources;

public static class SourceSetup
{
    /// <summary>The sources, and a line for every platform that can be asked: its poller, the readers of its forms and, where it has a stream, who listens.</summary>
    public static IServiceCollection AddSources(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(SourcesOptions.From(configuration)).AddSingleton<SourceClients>().AddSingleton<SourceBell>().AddSingleton<SourceSecrets>().AddSingleton<SourceItems>()
            .AddSingleton<SourceRegister>().AddSingleton<SourceAlarms>().AddSingleton<SourceHandler>();
        services.AddSingleton(s => new SourceMeans(
            s.GetServices<IPoller>().SelectMany(p => p.Platforms).ToHashSet(StringComparer.Ordinal), s.GetServices<IStreamer>().SelectMany(p => p.Platforms).ToHashSet(StringComparer.Ordinal)));
        services.AddSingleton<MastodonPoller>().AddSingleton<IPoller>(s => s.GetRequiredService<MastodonPoller>()).AddSingleton<IStreamer>(s => s.GetRequiredService<MastodonPoller>())
            .AddSingleton<Completeness.ILister>(s => s.GetRequiredService<MastodonPoller>());
        foreach (var form in MastodonForms.Answers) services.AddSingleton<IDeliveryReader>(new MastodonAnswerReader(form));
        services.AddSingleton<IDeliveryReader, MastodonEventReader>().AddSingleton<IDeliveryReader, MastodonAbsenceReader>();
        services.AddSingleton<SourceWorker>().AddHostedService(s => s.GetRequiredService<SourceWorker>());
        services.AddSingleton<SourceStreams>().AddHostedService(s => s.GetRequiredService<SourceStreams>());
        return services;
    }
}
