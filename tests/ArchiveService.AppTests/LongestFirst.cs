using Xunit.Abstractions;

[assembly: TestCollectionOrderer("ArchiveService.AppTests.LongestFirst", "ArchiveService.AppTests")]

namespace ArchiveService.AppTests;

/// <summary>The collections that take long begin first, so that none of them runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        "CommandArchive", "BrowsedArchive", "Non_interference", "Running_the_program", "Accepting_the_examples", "Gallring_from_end_to_end", "Verifying_the_archive", "A_killed_process",
        "Numbers_that_are_never_given_twice", "The_demo_archive", "The_embedded_database", "An_object_store", "PublicArchive", "Refusing_to_destroy", "Destroying_a_batch", "An_outage_of_S3", "Logging_in",
        "Importing", "The_main_job",
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Array.FindIndex(Long, name => c.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var at ? at : Long.Length).ThenBy(c => c.DisplayName, StringComparer.Ordinal);
}
