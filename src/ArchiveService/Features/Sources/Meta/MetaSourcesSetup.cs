using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ArchiveService.Features.Sources.Meta;

public static class MetaSourcesSetup
{
    public static IServiceCollection AddMetaSources(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(MetaGraphOptions.From(configuration));
        services.AddSingleton<IPoller>(s => new MetaPoller(s.GetRequiredService<MetaGraphOptions>(), MetaPoller.Registered(s.GetRequiredService<ChannelRegister>(), s.GetRequiredService<KeyedIds>())));
        services.AddSingleton<Completeness.ILister, MetaLister>();
        foreach (var platform in new[] { "facebook", "instagram", "messenger" }) services.AddSingleton<IDeliveryReader>(new GraphDeliveryReader(platform));
        services.TryAddSingleton<IMetaSources, MetaSources>();
        services.AddSingleton<SubscriptionRows>().AddSingleton<SubscriptionChecks>().AddSingleton<SubscriptionView>();
        return services;
    }

    public static void MapMetaSources(this IEndpointRouteBuilder routes) => SubscriptionView.Map(routes);
}
