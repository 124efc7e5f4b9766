// How unlike the points before it a point is: trees that cut a sample of them at random until each stands alone.
// Source: S. Guha, N. Mishra, G. Roy, O. Schrijvers, "Robust Random Cut Forest Based Anomaly Detection On Streams", ICML 2016.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kns::sql {

struct ForestSettings {
    std::size_t trees = 100;           // 1 to 1,000
    std::size_t sample = 256;          // points of each tree, 10 to 1,000
    double time_decay = 100'000;       // records after which a point is likelier to be replaced
    std::size_t shingle = 1;           // so many records in a row are one point, 1 to 30
    std::uint64_t seed = 0x5DEECE66D;  // the same records give the same scores
};

// One tree over points of a number of dimensions.
class RandomCutTree {
   public:
    explicit RandomCutTree(std::size_t dimensions) : dimensions_(dimensions) {}

    void insert(const double* point, std::mt19937_64& random);
    void erase(const double* point);  // one that was inserted
    std::size_t mass() const { return root_ == kNone ? 0 : nodes_[root_].mass; }
    // How far outside of the tree the point would be; with `parts`, what each dimension did to it, upwards and downwards in turn.
    double score(const double* point, std::vector<double>* parts) const;

    void save(std::string& out) const;
    bool load(std::string_view& in);

   private:
    static constexpr std::uint32_t kNone = 0xffffffff;
    struct Node {
        std::uint32_t parent = kNone, left = kNone, right = kNone;
        std::uint32_t mass = 0;
        std::uint32_t dimension = 0;  // of the cut
        double cut = 0;               // what is not larger is on the left
        bool is_leaf() const { return left == kNone; }
    };
    double* low(std::uint32_t node) { return &boxes_[node * 2 * dimensions_]; }
    double* high(std::uint32_t node) { return low(node) + dimensions_; }
    const double* low(std::uint32_t node) const { return &boxes_[node * 2 * dimensions_]; }
    const double* high(std::uint32_t node) const { return low(node) + dimensions_; }
    std::uint32_t make_node();
    std::uint32_t make_leaf(const double* point);
    void free_node(std::uint32_t node) { free_.push_back(node); }
    std::uint32_t find_leaf(const double* point) const;
    void refresh_upwards(std::uint32_t node);
    bool equals(std::uint32_t leaf, const double* point) const;

    std::size_t dimensions_;
    std::vector<Node> nodes_;
    std::vector<double> boxes_;  // of each node: the lowest values, the highest values; of a leaf its point twice
    std::vector<std::uint32_t> free_;
    std::uint32_t root_ = kNone;
};

class RandomCutForest {
   public:
    RandomCutForest(std::size_t columns, const ForestSettings& settings);

    // The next record's score, from 0 for what is usual; then it is one of the points. `parts`, if given, gets two numbers a
    // column: what it added to the score by being higher, and by being lower than usual.
    double add(std::span<const double> record, std::vector<double>* parts = nullptr);

    void save(std::string& out) const;
    bool load(std::string_view in);
    std::size_t bytes() const;

   private:
    struct Sampled {
        double weight = 0;
        std::vector<double> point;
        bool operator<(const Sampled& other) const { return weight < other.weight; }
    };
    struct Member {
        RandomCutTree tree;
        std::vector<Sampled> sample;  // a heap, the heaviest in front
        std::mt19937_64 random;
    };
    std::size_t columns_, dimensions_;
    ForestSettings settings_;
    std::vector<Member> members_;
    std::vector<double> recent_;  // the last records, the newest behind
    std::uint64_t records_ = 0;
};

}  // namespace kns::sql
